import { usesWinograd } from '@normlab/kernels';
import type { Precision } from '../subject.js';
import type { StridedTiles } from '../tiledConvolution.js';
import { wasmConvolutions } from './wasmConvolutions.js';
import { wasmStridedTiles } from './wasmStridedTiles.js';

/** How the active backend computes, as far as bounds need to know it. */
export function activePrecision(): Required<Pick<Precision, 'tiledConvolutions'>> {
  return { tiledConvolutions: usesWinograd() ? wasmConvolutions : [] };
}

/** The tiles that convolutions with stride 2 may use on the active backend; undefined if they are direct sums. */
export function activeStridedTiles(): StridedTiles | undefined {
  return usesWinograd() ? wasmStridedTiles : undefined;
}
