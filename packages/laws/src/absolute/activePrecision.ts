import { getBackend } from '@tensorflow/tfjs-core';
import type { Precision } from '../subject.js';
import { wasmConvolutions } from '../suite/wasmConvolutions.js';

/** How the active backend computes, as far as bounds need to know it. */
export function activePrecision(): Precision {
  return getBackend() === 'wasm' ? { tiledConvolutions: wasmConvolutions } : {};
}
