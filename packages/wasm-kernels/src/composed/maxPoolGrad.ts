import {
  backend_util,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  type MaxPoolGradInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { checkSlope } from './checkSlope.js';

/**
 * Adds each entry of dy to the largest entry of its window, the first if several are equal.
 *
 * In a window without a positive value, tfjs's own kernel picks the first entry instead of the largest, and so is wrong
 * after every activation except ReLU.
 *
 * Shapes: dy [N, OH, OW, C], input [N, H, W, C] → [N, H, W, C].
 */
export const composedMaxPoolGrad = trainingKernel(
  MaxPoolGrad,
  (inputs: MaxPoolGradInputs, attrs: MaxPoolGradAttrs, backend) => {
    const dy = inputs.dy as TensorInfo;
    const input = inputs.input as TensorInfo;
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const dilations = 1;
    const shape = input.shape as [number, number, number, number];
    const pool = backend_util.computePool2DInfo(shape, filterSize, strides, dilations, pad, dimRoundingMode);
    checkSlope(MaxPoolGrad, dy, pool.outShape);
    const output = backend.makeOutput(input.shape, 'float32');
    spreadToMaxima(
      backend.typedArrayFromHeap(input),
      backend.typedArrayFromHeap(dy),
      backend.typedArrayFromHeap(output),
      pool,
    );
    return output;
  },
);

type Numbers = Float32Array | Int32Array | Uint8Array;

function spreadToMaxima(x: Numbers, dy: Numbers, dx: Numbers, pool: backend_util.Conv2DInfo): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = pool;
  dx.fill(0);
  let window = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * pool.strideHeight - pool.padInfo.top;
      const [fromRow, toRow] = [Math.max(0, top), Math.min(inHeight, top + pool.filterHeight)];
      for (let column = 0; column < outWidth; column++) {
        const left = column * pool.strideWidth - pool.padInfo.left;
        const [fromColumn, toColumn] = [Math.max(0, left), Math.min(inWidth, left + pool.filterWidth)];
        for (let channel = 0; channel < inChannels; channel++, window++) {
          let largest = -1;
          for (let y = fromRow; y < toRow; y++) {
            for (let z = fromColumn; z < toColumn; z++) {
              const at = ((image * inHeight + y) * inWidth + z) * inChannels + channel;
              if (largest < 0 || x[at]! > x[largest]!) largest = at;
            }
          }
          if (largest >= 0) dx[largest]! += dy[window]!;
        }
      }
    }
  }
}
