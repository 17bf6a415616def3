import type { Values } from '../values.js';
import { drawnValues } from './dyadicValues.js';

/**
 * Arrays of multiples of 2⁻²² in [−2, 2): float32 represents them exactly, and no format with fewer significant bits
 * (TF32, bfloat16, float16) does, so that a kernel which takes its inputs in such a format shows. A seed determines them.
 */
export function fineValues(seed: number): (...shape: readonly number[]) => Values {
  return drawnValues(seed, (state) => ((state >>> 8) - 2 ** 23) / 2 ** 22);
}
