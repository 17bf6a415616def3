import {
  type backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropFilterInputs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type Conv2DBackpropInputInputs,
  type Conv2DInputs,
  FusedConv2D,
  type FusedConv2DAttrs,
  type FusedConv2DInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { checkSlope } from '../composed/checkSlope.js';
import { type ConvAttrs, convGeometry } from '../composed/convGeometry.js';
import { readsNothing } from '../composed/windowAxis.js';
import type { KeptFilters } from '../runtime/keptFilters.js';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';
import { backwardPlan, forwardPlan, runConvolution } from './convolution.js';
import { runFilterGradient } from './filterGradient.js';
import { runWinograd, winogradBackwardPlan, winogradForwardPlan } from './winograd.js';
import { runWinogradFilterGradient } from './winogradFilterGradient.js';

type ConvInputs = { readonly x: TensorInfo; readonly filter: TensorInfo; readonly bias?: TensorInfo | null };
type Shape4D = [number, number, number, number];

/**
 * The convolution, also with a bias and a ReLU in one, and its two gradients, for float32, channels last, without
 * dilation.
 */
export function convolutionKernels(runtime: KernelRuntime, filters: KeptFilters): TrainingKernel[] {
  /** Undefined for a convolution that the kernels do not support. */
  const convolve = (
    backend: WasmBackend,
    { x, filter, bias }: ConvInputs,
    attrs: Conv2DAttrs,
    isRectified = false,
  ): TensorInfo | undefined => {
    const conv = geometry(x.shape, filter.shape, attrs, x, filter, bias ?? x);
    if (conv === undefined || !isUndilated(attrs.dilations)) return undefined;
    const y = backend.makeOutput(conv.outShape, 'float32');
    const [from, to] = [addressOf(backend, x), addressOf(backend, y)];
    const weights = { dataId: filter.dataId, address: addressOf(backend, filter) };
    const finish = { bias: bias ? addressOf(backend, bias) : 0, isRectified };
    const winograd = winogradForwardPlan(conv);
    if (winograd !== undefined) runWinograd(runtime, filters, winograd, from, weights, to, finish);
    else runConvolution(runtime, filters, forwardPlan(conv), from, weights, to, finish);
    return y;
  };
  const forward = trainingKernel(Conv2D, (inputs: Conv2DInputs, attrs: Conv2DAttrs, backend) =>
    convolve(backend, inputs as ConvInputs, attrs),
  );
  const fused = trainingKernel(FusedConv2D, (inputs: FusedConv2DInputs, attrs: FusedConv2DAttrs, backend) => {
    const { activation } = attrs;
    const { filter, bias } = inputs as ConvInputs;
    // A bias of another shape is legal, and rare.
    const isSimple = !bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]);
    if (!isSimple || (activation !== 'linear' && activation !== 'relu')) return undefined;
    return convolve(backend, inputs as ConvInputs, attrs, activation === 'relu');
  });
  const backInput = trainingKernel(
    Conv2DBackpropInput,
    (inputs: Conv2DBackpropInputInputs, attrs: Conv2DBackpropInputAttrs, backend) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const conv = geometry(attrs.inputShape, filter.shape, attrs, dy, filter);
      if (conv === undefined) return undefined;
      checkSlope(Conv2DBackpropInput, dy, conv.outShape);
      const dx = backend.makeOutput(conv.inShape, 'float32');
      const [from, to] = [addressOf(backend, dy), addressOf(backend, dx)];
      const weights = { dataId: filter.dataId, address: addressOf(backend, filter) };
      const winograd = winogradBackwardPlan(conv);
      if (winograd !== undefined) runWinograd(runtime, filters, winograd, from, weights, to);
      else runConvolution(runtime, filters, backwardPlan(conv), from, weights, to);
      return dx;
    },
  );
  const backFilter = trainingKernel(
    Conv2DBackpropFilter,
    (inputs: Conv2DBackpropFilterInputs, attrs: Conv2DBackpropFilterAttrs, backend) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const conv = geometry(x.shape, attrs.filterShape, attrs, x, dy);
      if (conv === undefined) return undefined;
      checkSlope(Conv2DBackpropFilter, dy, conv.outShape);
      const filter = backend.makeOutput(conv.filterShape, 'float32');
      const [images, gradients, to] = [x, dy, filter].map((tensor) => addressOf(backend, tensor));
      if (!runWinogradFilterGradient(runtime, conv, images!, gradients!, to!)) {
        runFilterGradient(runtime, conv, images!, gradients!, to!);
      }
      return filter;
    },
  );
  return [forward, fused, backInput, backFilter];
}

/** The convolution's sizes, or undefined for a convolution that the kernels do not support. */
function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttrs,
  ...tensors: readonly TensorInfo[]
): backend_util.Conv2DInfo | undefined {
  if (attrs.dataFormat !== 'NHWC' || tensors.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const conv = convGeometry('Conv2D', inputShape as Shape4D, filterShape as Shape4D, attrs);
  const sizes = [...conv.inShape, ...conv.outShape, ...conv.filterShape];
  // Grouped convolutions have fewer channels in the filter than in the image.
  const isGrouped = conv.inChannels !== filterShape[2];
  // Where padding crops all of the image, the image is not in the frame that the windows read.
  return isGrouped || sizes.some((size) => size < 1) || readsNothing(conv) ? undefined : conv;
}

function isUndilated(dilations: Conv2DAttrs['dilations']): boolean {
  return [dilations].flat().every((dilation) => dilation === 1);
}
