import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropFilterInputs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type DepthwiseConv2dNativeBackpropInputInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { checkSlope } from '../composed/checkSlope.js';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';
import { convSizes } from './convSizes.js';

type Shape4D = [number, number, number, number];
type DepthwiseAttrs = Omit<DepthwiseConv2dNativeBackpropInputAttrs, 'inputShape'>;

const floatBytes = 4;
/** Results per block in `assembly/depthwiseBwdFilter.ts`. */
const blockResults = 16;
/** The largest number of groups of images with separate sums. */
const mostGroups = 16;

/**
 * Both gradients of a depthwise convolution, in which channel c of x is filtered to the M results c·M … c·M + M − 1:
 * `DepthwiseConv2dNativeBackpropInput` and `DepthwiseConv2dNativeBackpropFilter`, of float32, without dilation: tfjs
 * refuses the gradient of a dilated depthwise convolution before it calls a kernel.
 *
 * tfjs's wasm backend has neither.
 */
export function depthwiseKernels(runtime: KernelRuntime): TrainingKernel[] {
  const backInput = trainingKernel(
    DepthwiseConv2dNativeBackpropInput,
    (
      inputs: DepthwiseConv2dNativeBackpropInputInputs,
      attrs: DepthwiseConv2dNativeBackpropInputAttrs,
      backend,
    ) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const conv = geometry(attrs.inputShape, filter.shape, attrs, dy, filter);
      if (conv === undefined) return undefined;
      checkSlope(DepthwiseConv2dNativeBackpropInput, dy, conv.outShape);
      const dx = backend.makeOutput(conv.inShape, 'float32');
      const [from, weights, to] = [dy, filter, dx].map((tensor) => addressOf(backend, tensor));
      runInputGradient(runtime, conv, from!, weights!, to!);
      return dx;
    },
  );
  const backFilter = trainingKernel(
    DepthwiseConv2dNativeBackpropFilter,
    (
      inputs: DepthwiseConv2dNativeBackpropFilterInputs,
      attrs: DepthwiseConv2dNativeBackpropFilterAttrs,
      backend,
    ) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const conv = geometry(x.shape, attrs.filterShape, attrs, x, dy);
      if (conv === undefined) return undefined;
      checkSlope(DepthwiseConv2dNativeBackpropFilter, dy, conv.outShape);
      const filter = backend.makeOutput(attrs.filterShape, 'float32');
      const [images, gradients, to] = [x, dy, filter].map((tensor) => addressOf(backend, tensor));
      runFilterGradient(runtime, conv, images!, gradients!, to!);
      return filter;
    },
  );
  return [backInput, backFilter];
}

/** The convolution's sizes, or undefined for a convolution that the kernels do not support. */
function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttrs,
  ...tensors: readonly TensorInfo[]
): backend_util.Conv2DInfo | undefined {
  const isDilated = [dilations ?? 1].flat().some((dilation) => dilation !== 1);
  if (isDilated || tensors.some(({ dtype }) => dtype !== 'float32')) return undefined;
  return backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    1,
    pad as Parameters<typeof backend_util.computeConv2DInfo>[4],
    dimRoundingMode,
    true,
  );
}

/** Runs dX = Σ_taps dY · W from the addresses of dY and W to that of dX. */
function runInputGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = convSizes(conv);
  runtime.run({
    kernel: 'depthwise_bwd_input',
    job: {
      dy,
      filter,
      dx,
      height,
      width,
      channels,
      multiplier: results / channels,
      outHeight,
      outWidth,
      filterHeight: conv.filterHeight,
      filterWidth: conv.filterWidth,
      strideHeight: conv.strideHeight,
      strideWidth: conv.strideWidth,
      top,
      left,
    },
    tasks: images * height,
    scratchBytes: results * floatBytes,
  });
}

/** Runs dW = Σ_pixels X · dY from the addresses of X and dY to that of dW. */
function runFilterGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  filter: number,
): void {
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = convSizes(conv);
  const { strideHeight, strideWidth, filterHeight, filterWidth } = conv;
  const taps = filterHeight * filterWidth;
  const frameWidth = Math.max(0, (outWidth - 1) * strideWidth + filterWidth);
  const blocks = Math.ceil(results / blockResults);
  const groups = Math.max(1, Math.min(images, mostGroups));
  const panelPixels = height * frameWidth + Math.max(0, outWidth) + taps;
  const sums = runtime.heap.allocate(groups * taps * results * floatBytes);
  try {
    runtime.run({
      kernel: 'depthwise_bwd_filter',
      job: {
        x,
        dy,
        sums,
        images,
        groups,
        blocks,
        height,
        width,
        channels,
        multiplier: results / channels,
        outHeight,
        outWidth,
        filterHeight,
        filterWidth,
        strideHeight,
        strideWidth,
        top,
        left,
        frameWidth,
      },
      tasks: groups * blocks,
      scratchBytes: panelPixels * blockResults * floatBytes,
    });
    runtime.run({
      kernel: 'depthwise_bwd_filter_finish',
      job: { filter, sums, groups, floats: taps * results },
      tasks: 1,
    });
  } finally {
    runtime.heap.free(sums);
  }
}
