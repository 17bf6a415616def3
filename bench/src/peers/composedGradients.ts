import {
  backend_util,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  conv2d,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  pad,
  registerKernel,
  reshape,
  reverse,
  slice,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/**
 * The best possible use of stock tfjs's wasm kernels: both gradients of a convolution as forward convolutions, for odd
 * square kernels with `same` padding.
 *
 * dX = dY, dilated by the stride, * the kernel rotated by 180° with its channel axes swapped;
 * dW = x with its channels as the batch axis * dY as a kernel, dilated by the stride.
 */
export function registerComposedGradients(): void {
  replace(Conv2DBackpropInput, ({ dy, filter }, attrs) =>
    backpropInput(dy as Tensor4D, filter as Tensor4D, attrs as NamedAttrMap & Conv2DBackpropInputAttrs),
  );
  replace(Conv2DBackpropFilter, ({ x, dy }, attrs) =>
    backpropFilter(x as Tensor4D, dy as Tensor4D, attrs as NamedAttrMap & Conv2DBackpropFilterAttrs),
  );
}

function backpropInput(dy: Tensor4D, filter: Tensor4D, { inputShape, strides }: Conv2DBackpropInputAttrs) {
  const conv = backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, 'same');
  const spread = spreadOut(dy, conv.strideHeight);
  const top = conv.filterHeight - 1 - conv.padInfo.top;
  const left = conv.filterWidth - 1 - conv.padInfo.left;
  const rows = conv.inHeight + conv.filterHeight - 1;
  const columns = conv.inWidth + conv.filterWidth - 1;
  const framed = pad(spread, [
    [0, 0],
    [top, rows - spread.shape[1] - top],
    [left, columns - spread.shape[2] - left],
    [0, 0],
  ]);
  const turned = transpose<Tensor4D>(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return conv2d(framed, turned, 1, 'valid');
}

function backpropFilter(x: Tensor4D, dy: Tensor4D, { filterShape, strides }: Conv2DBackpropFilterAttrs) {
  const conv = backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, 'same');
  const { top, bottom, left, right } = conv.padInfo;
  const framed = pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const byChannel = conv2d(
    transpose<Tensor4D>(framed, [3, 1, 2, 0]),
    transpose<Tensor4D>(dy, [1, 2, 0, 3]),
    1,
    'valid',
    'NHWC',
    conv.strideHeight,
  );
  const [channels, , , results] = byChannel.shape;
  const taps = slice(byChannel, [0, 0, 0, 0], [channels, conv.filterHeight, conv.filterWidth, results]);
  return transpose(taps, [1, 2, 0, 3]);
}

/** Puts stride − 1 zeros between pixels: [N, (H−1)·s + 1, (W−1)·s + 1, C]. */
function spreadOut(x: Tensor4D, stride: number): Tensor4D {
  if (stride === 1) return x;
  const [images, height, width, channels] = x.shape;
  const apart = pad(reshape(x, [images * height, 1, width, channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
    [0, channels * (stride - 1)],
  ]);
  const grid = reshape(apart, [images, height * stride, width * stride, channels]) as Tensor4D;
  return slice(grid, [0, 0, 0, 0], [images, (height - 1) * stride + 1, (width - 1) * stride + 1, channels]);
}

function replace(
  kernelName: string,
  compute: (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => Tensor,
): void {
  // Stock wasm has one of the two; tfjs warns if a kernel replaces another.
  if (kernelName === Conv2DBackpropInput) unregisterKernel(kernelName, 'wasm');
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs = {} }) => tidy(() => compute(inputs, attrs)),
  });
}
