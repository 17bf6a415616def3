import type { NdArray } from '../arrays.js';
import { byChannel, standardizeSets } from './sets.js';

/** `weightStandardize`, naive, in float64. */
export function weightStandardize(kernel: NdArray, { epsilon }: { epsilon: number }): NdArray {
  return standardizeSets(kernel, byChannel, epsilon);
}
