import { usesWinograd } from '@normlab/kernels';
import type { Precision } from '../subject.js';
import { wasmConvolutions } from './wasmConvolutions.js';

/** How the active backend computes, as far as bounds need to know it. */
export function activePrecision(): Required<Pick<Precision, 'tiledConvolutions'>> {
  return { tiledConvolutions: usesWinograd() ? wasmConvolutions : [] };
}
