import { OptionError } from '@normlab/errors';

/**
 * p values of a family of tests, adjusted so that the probability of any false rejection stays below α.
 *
 *   p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎), the p values sorted
 *
 * Source: Holm, Scand. J. Statist. 6 (1979).
 *
 * @returns the adjusted values in the order of the given ones
 * @throws OptionError unless every value is in [0, 1]
 *
 * @example
 * ```ts
 * holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 * ```
 */
export function holm(values: readonly number[]): number[] {
  values.forEach((value, index) => {
    if (value >= 0 && value <= 1) return;
    throw new OptionError({ where: 'holm', what: `values[${index}]`, rule: 'be in [0, 1]', got: value });
  });
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
