import {
  addN,
  Conv3DBackpropInputV2,
  type Conv3DBackpropInputV2Attrs,
  type Conv3DBackpropInputV2Inputs,
  conv2dTranspose,
  pad,
  type Rank,
  reshape,
  slice,
  type Tensor5D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { conv3DGeometry, layersOf } from './conv3DGeometry.js';
import { fitSpatially } from './fitSpatially.js';

/**
 * The gradient of a 3D convolution with respect to its input, as one gradient of a 2D convolution for each layer of the
 * filter. tfjs's own wasm kernel of this name gives wrong results.
 *
 * dX[n, z, y, x, c] = Σ_{d, i, j, k} dY[n, (z + front − d)/s, …, k] · W[d, i, j, c, k] over the d, i, j for which the
 * quotients are integers: layer d of the filter takes layer o of dY to layer o·s + d − front of dX.
 *
 * Shapes: dy [N, OD, OH, OW, K], filter [KD, KH, KW, C, K] → [N, D, H, W, C].
 */
export const composedConv3DBackpropInput = trainingKernel(
  Conv3DBackpropInputV2,
  ({ dy, filter }: Conv3DBackpropInputV2Inputs, attrs: Conv3DBackpropInputV2Attrs) =>
    tidy(() => backpropInput(dy as Tensor5D, filter as Tensor5D, attrs)),
);

function backpropInput(
  dy: Tensor5D,
  filter: Tensor5D,
  { inputShape, strides, pad: padding }: Conv3DBackpropInputV2Attrs,
): Tensor5D {
  const conv = conv3DGeometry(inputShape, filter.shape, strides, padding);
  if (conv.isEmpty) return zeros(conv.inShape);
  const [images, depth, height, width, channels] = conv.inShape;
  const [, layers, ...plane] = conv.outShape;
  const size = height * width * channels;
  const step = conv.depthStride;
  const { top, bottom, left, right } = conv.crop;
  const planes = reshape<Rank.R4>(dy, [images * layers, ...plane]);
  const parts = Array.from({ length: conv.filterDepth }, (_, d) => {
    const layer = reshape<Rank.R4>(slice(filter, d, 1), conv.layerShape);
    const gradients = conv2dTranspose(
      planes,
      layer,
      [images * layers, height + top + bottom, width + left + right, channels],
      conv.strides,
      conv.pad,
    );
    const whole = fitSpatially(gradients, { top: -top, bottom: -bottom, left: -left, right: -right });
    const apart = pad(reshape<Rank.R4>(whole, [images, layers, 1, size]), [
      [0, 0],
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]);
    return layersOf(reshape<Rank.R3>(apart, [images, layers * step, size]), -conv.firstLayer(d), depth);
  });
  return reshape(parts.length === 1 ? parts[0]! : addN(parts), conv.inShape);
}
