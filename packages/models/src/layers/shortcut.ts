import { pad, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { pool } from './pool.js';

/**
 * The way around a residual branch, without parameters: average pool by the stride, zero channels after the real
 * ones. x itself where nothing is to do.
 *
 * Shapes: x [N, H, W, C] → [N, ⌈H/stride⌉, ⌈W/stride⌉, channels].
 */
export function shortcut(x: Tensor4D, stride: number, channels: number): Tensor4D {
  const missing = channels - x.shape[3];
  return tidy(() => {
    const pooled = stride === 1 ? x : pool(x, { kind: 'average', size: stride, stride, padding: 'ceil' });
    if (missing === 0) return pooled;
    const margins: [number, number][] = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, missing],
    ];
    return pad(pooled, margins);
  });
}
