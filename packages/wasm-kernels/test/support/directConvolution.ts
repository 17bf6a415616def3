import type { backend_util } from '@tensorflow/tfjs-core';
import type { Values } from './bothBackends.js';

/**
 * A convolution and its gradients as sums over all windows, in float64, with the geometry that tfjs computes: a second
 * opinion on the plans of the fast kernels, whose twins read the same plans.
 *
 * Shapes: x [N, H, W, C], filter [kh, kw, C, K], y and dy [N, H', W', K].
 */
type Geometry = backend_util.Conv2DInfo;

/** y = Σ x·w */
export function directConvolution(x: Values, filter: Values, conv: Geometry): Float64Array {
  const y = new Float64Array(product(conv.outShape));
  eachProduct(conv, (xAt, filterAt, yAt) => {
    y[yAt]! += x.values[xAt]! * filter.values[filterAt]!;
  });
  return y;
}

/** dx = Σ dy·w */
export function directInputGradient(dy: Values, filter: Values, conv: Geometry): Float64Array {
  const dx = new Float64Array(product(conv.inShape));
  eachProduct(conv, (xAt, filterAt, yAt) => {
    dx[xAt]! += dy.values[yAt]! * filter.values[filterAt]!;
  });
  return dx;
}

/** dw = Σ x·dy */
export function directFilterGradient(x: Values, dy: Values, conv: Geometry): Float64Array {
  const dw = new Float64Array(product(conv.filterShape));
  eachProduct(conv, (xAt, filterAt, yAt) => {
    dw[filterAt]! += x.values[xAt]! * dy.values[yAt]!;
  });
  return dw;
}

/** Visits every product of the convolution, with the places of its three values. */
function eachProduct(conv: Geometry, visit: (xAt: number, filterAt: number, yAt: number) => void): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = conv;
  for (let n = 0; n < conv.batchSize; n++)
    for (let row = 0; row < outHeight; row++)
      for (let i = 0; i < filterHeight; i++) {
        const xRow = row * conv.strideHeight + i - conv.padInfo.top;
        if (xRow < 0 || xRow >= inHeight) continue;
        for (let column = 0; column < outWidth; column++)
          for (let j = 0; j < filterWidth; j++) {
            const xColumn = column * conv.strideWidth + j - conv.padInfo.left;
            if (xColumn < 0 || xColumn >= inWidth) continue;
            const x = ((n * inHeight + xRow) * inWidth + xColumn) * inChannels;
            const y = ((n * outHeight + row) * outWidth + column) * outChannels;
            const tap = (i * filterWidth + j) * inChannels;
            for (let c = 0; c < inChannels; c++)
              for (let k = 0; k < outChannels; k++) visit(x + c, (tap + c) * outChannels + k, y + k);
          }
      }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
