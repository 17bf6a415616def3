import type { Tracked } from '../bounds/tracked.js';
import { compare, type Verdict } from '../judge.js';
import { known } from '../judged.js';

/** The verdict on a backend's results, from the exact values and their bounds. */
export function against(
  actual: { readonly data: ArrayLike<number> },
  expected: Tracked,
  name?: string,
): Verdict {
  const computed = Float64Array.from(actual.data);
  if (computed.length !== expected.value.length) {
    return { error: Infinity, bound: 0, reason: `${computed.length} values for ${expected.value.length}` };
  }
  return compare([{ ...expected, computed }, known({ data: expected.value, shape: expected.shape })], name);
}

/** The verdict on a loss, in units of 1. */
export function lossAgainst(actual: number, loss: number, lossError: number): Verdict {
  const expected = { shape: [], value: Float64Array.of(loss), error: Float64Array.of(lossError), size: 1 };
  return against({ data: [actual] }, expected, 'loss');
}
