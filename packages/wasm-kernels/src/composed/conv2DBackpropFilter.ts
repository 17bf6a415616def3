import {
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropFilterInputs,
  conv2d,
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
 * The gradient of a convolution with respect to its filter, as one forward convolution.
 *
 * dW[i, j, c, k] = Σ_{n, y, x} X[n, s·y + i, s·x + j, c] · dY[n, y, x, k], with X padded: a valid convolution
 * of X (its channels as batch, its images as channels) with dY as a filter dilated by the stride s.
 *
 * Shapes: x [N, H, W, C], dy [N, OH, OW, K] → [KH, KW, C, K].
 */
export const composedConv2DBackpropFilter = trainingKernel(
  Conv2DBackpropFilter,
  ({ x, dy }: Conv2DBackpropFilterInputs, attrs: Conv2DBackpropFilterAttrs) =>
    tidy(() => backpropFilter(x as Tensor4D, dy as Tensor4D, attrs)),
);

function backpropFilter(x: Tensor4D, dy: Tensor4D, attrs: Conv2DBackpropFilterAttrs): Tensor4D {
  const conv = convGeometry(Conv2DBackpropFilter, x.shape, attrs.filterShape, attrs);
  checkSlope(Conv2DBackpropFilter, dy, conv.outShape);
  if ([...conv.inShape, ...conv.outShape].includes(0) || readsNothing(conv)) return zeros(conv.filterShape);
  const { top, left } = conv.padInfo;
  const rowsRead = (conv.outHeight - 1) * conv.strideHeight + conv.filterHeight;
  const columnsRead = (conv.outWidth - 1) * conv.strideWidth + conv.filterWidth;
  const margins = {
    top,
    bottom: rowsRead - conv.inHeight - top,
    left,
    right: columnsRead - conv.inWidth - left,
  };
  const channelsAsBatch = transpose(fitSpatially(x, margins), [3, 1, 2, 0]);
  const dyAsKernel = transpose(dy, [1, 2, 0, 3]);
  const byChannel = conv2d(channelsAsBatch, dyAsKernel, 1, 'valid', 'NHWC', [
    conv.strideHeight,
    conv.strideWidth,
  ]);
  return transpose(byChannel, [1, 2, 0, 3]);
}
