import { avgPool, maxPool, mul, pad, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { PoolSpec } from '../modelSpec.js';
import { type PoolLength, poolLength } from '../poolLength.js';

/**
 * Max or average of every window; pixels outside the picture take no part (see {@link PoolSpec}).
 *
 * Padding is written out as an average pool of zeros times the ratio of the window's pixels to the real ones:
 * tfjs's own gradient of a padded average pool divides by the window's whole size, which is not the gradient of what
 * its forward pass computes.
 *
 * Shapes: x [N, H, W, C] → [N, OH, OW, C].
 */
export function pool(
  x: Tensor4D,
  { kind, size, stride, padding }: Omit<PoolSpec, 'type' | 'name'>,
): Tensor4D {
  const rows = poolLength(x.shape[1], size, stride, padding);
  const columns = poolLength(x.shape[2], size, stride, padding);
  return tidy(() => {
    if (kind === 'max')
      return maxPool(padded(x, rows, columns, Number.NEGATIVE_INFINITY), size, stride, 'valid');
    const mean = avgPool(padded(x, rows, columns, 0), size, stride, 'valid');
    if (isUnpadded(rows) && isUnpadded(columns)) return mean;
    return mul(mean, missingShare(x.shape[1], x.shape[2], rows, columns, size, stride));
  });
}

function padded(x: Tensor4D, rows: PoolLength, columns: PoolLength, value: number): Tensor4D {
  if (isUnpadded(rows) && isUnpadded(columns)) return x;
  const margins: [number, number][] = [
    [0, 0],
    [rows.before, rows.after],
    [columns.before, columns.after],
    [0, 0],
  ];
  return pad(x, margins, value);
}

function isUnpadded({ before, after }: PoolLength): boolean {
  return before === 0 && after === 0;
}

/** size²/(real pixels) of every window, [1, OH, OW, 1]. */
function missingShare(
  height: number,
  width: number,
  rows: PoolLength,
  columns: PoolLength,
  size: number,
  stride: number,
): Tensor4D {
  const realRows = realPixels(height, rows, size, stride);
  const realColumns = realPixels(width, columns, size, stride);
  const shares = realRows.flatMap((down) => realColumns.map((across) => (size * size) / (down * across)));
  return tensor4d(shares, [1, rows.length, columns.length, 1]);
}

function realPixels(n: number, { length, before }: PoolLength, size: number, stride: number): number[] {
  return Array.from({ length }, (_, window) => {
    const start = window * stride - before;
    return Math.min(start + size, n) - Math.max(start, 0);
  });
}
