import { arrayOf, type NdArray } from '../arrays.js';

/** max(0, x). */
export function relu(x: NdArray): NdArray {
  return arrayOf(x.shape, (_, place) => Math.max(0, x.values[place]!));
}
