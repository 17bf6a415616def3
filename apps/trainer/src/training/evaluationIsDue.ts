import type { RunPlan } from '../runFolder/runConfig.js';

/**
 * Whether a run evaluates after so many steps however long it is. The last step is always evaluated; in a longer run,
 * that evaluation may not be due.
 */
export function evaluationIsDue(
  { settings: { evaluateEvery = 1 }, length: { stepsPerEpoch } }: Pick<RunPlan, 'settings' | 'length'>,
  step: number,
): boolean {
  return step % (evaluateEvery * stepsPerEpoch) === 0;
}
