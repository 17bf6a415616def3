import {
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type Conv2DBackpropInputInputs,
  conv2d,
  pad,
  reshape,
  reverse,
  slice,
  type Tensor4D,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { checkSlope } from './checkSlope.js';
import { convGeometry } from './convGeometry.js';
import { fitSpatially } from './fitSpatially.js';
import { readsNothing } from './windowAxis.js';

/**
 * The gradient of a convolution with respect to its input, as one forward convolution.
 *
 * dX[n, y, x, c] = Σ_{i, j, k} dY[n, (y + top − i)/s, (x + left − j)/s, k] · W[i, j, c, k] over the i, j for which the
 * quotients are integers: a stride-1 convolution of dY, with s − 1 zeros inserted between its pixels, with the filter
 * rotated by 180° and its channel axes swapped.
 *
 * Shapes: dy [N, OH, OW, K], filter [KH, KW, C, K] → [N, H, W, C].
 */
export const composedConv2DBackpropInput = trainingKernel(
  Conv2DBackpropInput,
  ({ dy, filter }: Conv2DBackpropInputInputs, attrs: Conv2DBackpropInputAttrs) =>
    tidy(() => backpropInput(dy as Tensor4D, filter as Tensor4D, attrs)),
);

function backpropInput(dy: Tensor4D, filter: Tensor4D, attrs: Conv2DBackpropInputAttrs): Tensor4D {
  const conv = convGeometry(Conv2DBackpropInput, attrs.inputShape, filter.shape, attrs);
  checkSlope(Conv2DBackpropInput, dy, conv.outShape);
  if ([...conv.inShape, ...conv.outShape].includes(0) || readsNothing(conv)) return zeros(conv.inShape);
  const spread = spreadOut(dy, conv.strideHeight, conv.strideWidth);
  const top = conv.filterHeight - 1 - conv.padInfo.top;
  const left = conv.filterWidth - 1 - conv.padInfo.left;
  const fitted = fitSpatially(spread, {
    top,
    bottom: conv.inHeight + conv.filterHeight - 1 - spread.shape[1] - top,
    left,
    right: conv.inWidth + conv.filterWidth - 1 - spread.shape[2] - left,
  });
  const turned = transpose<Tensor4D>(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return conv2d(fitted, turned, 1, 'valid');
}

/** Inserts strideHeight − 1 and strideWidth − 1 zeros between rows and columns; [N, (H−1)·s + 1, (W−1)·s + 1, C]. */
function spreadOut(x: Tensor4D, strideHeight: number, strideWidth: number): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (strideHeight === 1 && strideWidth === 1) return x;
  const apart = pad(reshape(x, [batch * height, 1, width, channels]), [
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
    [0, channels * (strideWidth - 1)],
  ]);
  const grid = reshape(apart, [batch, height * strideHeight, width * strideWidth, channels]);
  return slice(
    grid,
    [0, 0, 0, 0],
    [batch, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels],
  ) as Tensor4D;
}
