import type { NdArray } from '@normlab/testing';
import { byChannel, standardizeSets } from './standardizeSets.js';

/** `weightStandardize`, naive, in float64. */
export function weightStandardize(kernel: NdArray, { epsilon }: { epsilon: number }): NdArray {
  return standardizeSets(kernel, byChannel, epsilon);
}
