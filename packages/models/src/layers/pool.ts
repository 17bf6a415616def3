import type { Tensor4D } from '@tensorflow/tfjs-core';
import { type PoolLength, poolLength } from '../poolLength.js';
import type * as TensorFunctions from '../tensorFunctions.js';
import { imageShape, paddedSize, windowsOf } from './images.js';
import type { LayerType } from './layerType.js';
import { layerOf, oneOf, positiveInteger } from './schemaParts.js';

/**
 * Max or average pool: `same` as in TensorFlow, `valid`, or `ceil`, where a last window that extends over the lower or
 * right edge counts if it begins inside.
 *
 * Pixels outside the image are ignored: they are −∞ for a max pool, and an average pool divides by the number of pixels
 * inside (PyTorch's `count_include_pad=False`; Caffe would divide by the padded size).
 */
export type PoolSpec = {
  readonly type: 'pool';
  readonly name: string;
  readonly kind: 'max' | 'average';
  readonly size: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid' | 'ceil';
};

export const poolType: LayerType<PoolSpec> = {
  schema: layerOf(
    'pool',
    {
      kind: oneOf(['max', 'average']),
      size: positiveInteger,
      stride: positiveInteger,
      padding: oneOf(['same', 'valid', 'ceil']),
    },
    'Max or average pool; pixels outside the image are ignored',
  ),

  stride: ({ layer }) => layer.stride,

  outputShape(place, fault) {
    const { layer } = place;
    const image = imageShape(place, fault);
    return [...windowsOf(layer, { size: layer.size, key: '.size' }, image, fault), image[2]];
  },

  paddedInput: ({ layer, input }) => paddedSize(input, layer.size, layer),

  run: (x, { ops, layer }) => pool(ops, x as Tensor4D, layer),
};

/**
 * Max or average of every window; pixels outside the image are ignored (see {@link PoolSpec}).
 *
 * A padded average pool is computed as an average pool of zeros times the ratio of the window's pixels to the real
 * ones: tfjs's own gradient of a padded average pool divides by the window's whole size, which is not the gradient of
 * its forward pass.
 *
 * Shapes: x [N, H, W, C] → [N, OH, OW, C].
 */
export function pool(
  ops: typeof TensorFunctions,
  x: Tensor4D,
  { kind, size, stride, padding }: Omit<PoolSpec, 'type' | 'name'>,
): Tensor4D {
  const rows = poolLength(x.shape[1], size, stride, padding);
  const columns = poolLength(x.shape[2], size, stride, padding);
  return ops.tidy(() => {
    if (kind === 'max')
      return ops.maxPool(padded(ops, x, rows, columns, Number.NEGATIVE_INFINITY), size, stride, 'valid');
    const mean = ops.avgPool(padded(ops, x, rows, columns, 0), size, stride, 'valid');
    if (isUnpadded(rows) && isUnpadded(columns)) return mean;
    return ops.mul(mean, missingShare(ops, x.shape[1], x.shape[2], rows, columns, size, stride));
  });
}

function padded(
  ops: typeof TensorFunctions,
  x: Tensor4D,
  rows: PoolLength,
  columns: PoolLength,
  value: number,
): Tensor4D {
  if (isUnpadded(rows) && isUnpadded(columns)) return x;
  const margins: [number, number][] = [
    [0, 0],
    [rows.before, rows.after],
    [columns.before, columns.after],
    [0, 0],
  ];
  return ops.pad(x, margins, value);
}

function isUnpadded({ before, after }: PoolLength): boolean {
  return before === 0 && after === 0;
}

/** size²/(real pixels) of every window, [1, OH, OW, 1]. */
function missingShare(
  ops: typeof TensorFunctions,
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
  return ops.tensor4d(shares, [1, rows.length, columns.length, 1]);
}

function realPixels(n: number, { length, before }: PoolLength, size: number, stride: number): number[] {
  return Array.from({ length }, (_, window) => {
    const start = window * stride - before;
    return Math.min(start + size, n) - Math.max(start, 0);
  });
}
