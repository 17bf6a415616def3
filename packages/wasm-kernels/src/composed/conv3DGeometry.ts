import { backend_util, pad, slice, type Tensor3D, zeros } from '@tensorflow/tfjs-core';

/** The forward 3D convolution whose gradient is computed, as 2D convolutions of single layers. */
export function conv3DGeometry(
  inputShape: [number, number, number, number, number],
  filterShape: readonly number[],
  strides: [number, number, number] | number,
  padding: 'same' | 'valid',
) {
  const { inShape, outShape, padInfo, ...conv } = backend_util.computeConv3DInfo(
    inputShape,
    filterShape as typeof inputShape,
    strides,
    1,
    padding,
  );
  const { front, top, bottom, left, right } = padInfo;
  return {
    inShape,
    outShape,
    isEmpty: [...inShape, ...outShape].includes(0),
    depthStride: conv.strideDepth,
    /** The layer of the input that layer d of the filter meets for layer 0 of the output. */
    firstLayer: (d: number) => d - front,
    filterDepth: conv.filterDepth,
    layerShape: [conv.filterHeight, conv.filterWidth, inShape[4], outShape[4]] as [
      number,
      number,
      number,
      number,
    ],
    strides: [conv.strideHeight, conv.strideWidth] as [number, number],
    pad: [
      [0, 0],
      [Math.max(0, top), Math.max(0, bottom)],
      [Math.max(0, left), Math.max(0, right)],
      [0, 0],
    ] as backend_util.ExplicitPadding,
    /** What the convolution never reads, as negative margins: tfjs's `same` in 3D crops where strides exceed the filter. */
    crop: {
      top: Math.min(0, top),
      bottom: Math.min(0, bottom),
      left: Math.min(0, left),
      right: Math.min(0, right),
    },
  };
}

/** Layers `first` to `first + count − 1` of x [N, D, …]; zeros for those that x does not have. */
export function layersOf(x: Tensor3D, first: number, count: number): Tensor3D {
  const [images, depth, size] = x.shape;
  const from = Math.max(0, first);
  const end = Math.min(depth, first + count);
  if (end <= from) return zeros([images, count, size]);
  return pad(slice(x, [0, from, 0], [images, end - from, size]), [
    [0, 0],
    [from - first, first + count - end],
    [0, 0],
  ]);
}
