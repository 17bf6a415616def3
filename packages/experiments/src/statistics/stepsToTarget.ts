/** A point of a curve of test accuracy. */
export type AccuracyPoint = { readonly step: number; readonly accuracy: number };

/**
 * The number of steps after which the test accuracy first reaches a target; null if it never does.
 *
 * The accuracy is interpolated linearly between two evaluations, so the result is not limited to the steps of
 * evaluations. If the first evaluation already reaches the target, the result is the step of that evaluation.
 *
 * @example
 * ```ts
 * stepsToTarget([{ step: 100, accuracy: 0.4 }, { step: 200, accuracy: 0.6 }], 0.5); // 150
 * ```
 */
export function stepsToTarget(curve: readonly AccuracyPoint[], target: number): number | null {
  const index = curve.findIndex(({ accuracy }) => accuracy >= target);
  if (index < 0) return null;
  const reached = curve[index]!;
  const before = curve[index - 1];
  if (before === undefined) return reached.step;
  const share = (target - before.accuracy) / (reached.accuracy - before.accuracy);
  return before.step + share * (reached.step - before.step);
}
