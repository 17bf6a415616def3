import {
  Conv2DBackpropFilter,
  Conv3DBackpropFilterV2,
  type Conv3DBackpropFilterV2Attrs,
  type Conv3DBackpropFilterV2Inputs,
  concat,
  engine,
  type Rank,
  reshape,
  slice,
  type Tensor,
  type Tensor5D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { conv3DGeometry, layersOf } from './conv3DGeometry.js';
import { fitSpatially } from './fitSpatially.js';

/**
 * The gradient of a 3D convolution with respect to its filter, as one gradient of a 2D convolution for each layer of the
 * filter. tfjs's own wasm kernel of this name gives wrong results at strides above 1.
 *
 * dW[d, i, j, c, k] = Σ_{n, o, y, x} X[n, o·s + d − front, …, c] · dY[n, o, y, x, k].
 *
 * Shapes: x [N, D, H, W, C], dy [N, OD, OH, OW, K] → [KD, KH, KW, C, K].
 */
export const composedConv3DBackpropFilter = trainingKernel(
  Conv3DBackpropFilterV2,
  ({ x, dy }: Conv3DBackpropFilterV2Inputs, attrs: Conv3DBackpropFilterV2Attrs) =>
    tidy(() => backpropFilter(x as Tensor5D, dy as Tensor5D, attrs)),
);

function backpropFilter(
  x: Tensor5D,
  dy: Tensor5D,
  { filterShape, strides, pad }: Conv3DBackpropFilterV2Attrs,
): Tensor5D {
  const conv = conv3DGeometry(x.shape, filterShape, strides, pad);
  if (conv.isEmpty) return zeros(filterShape);
  const [images, depth, height, width, channels] = conv.inShape;
  const [, layers, ...plane] = conv.outShape;
  const size = height * width * channels;
  const step = conv.depthStride;
  const planes = reshape<Rank.R4>(dy, [images * layers, ...plane]);
  const flat = reshape<Rank.R3>(x, [images, depth, size]);
  const attrs = { strides: conv.strides, pad: conv.pad, dataFormat: 'NHWC', filterShape: conv.layerShape };
  const parts = Array.from({ length: conv.filterDepth }, (_, d) => {
    const met = reshape<Rank.R4>(layersOf(flat, conv.firstLayer(d), layers * step), [
      images,
      layers,
      step,
      size,
    ]);
    const seen = reshape<Rank.R4>(slice(met, [0, 0, 0, 0], [images, layers, 1, size]), [
      images * layers,
      height,
      width,
      channels,
    ]);
    const inputs = { x: fitSpatially(seen, conv.crop), dy: planes };
    const gradient: Tensor = engine().runKernel(Conv2DBackpropFilter, inputs, attrs);
    return reshape<Rank.R5>(gradient, [1, ...conv.layerShape]);
  });
  return concat(parts, 0);
}
