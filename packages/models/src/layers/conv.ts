import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { addParam } from './bias.js';
import { imageShape, paddedSize, windowsOf } from './images.js';
import { type LayerType, type LayerVariable, type RunningLayer, zero } from './layerType.js';
import { described, flag, layerOf, oneOf, positiveInteger } from './schemaParts.js';

/** Convolution, NHWC, kernel [kh, kw, in, out], TensorFlow's SAME or VALID padding. */
export type ConvSpec = {
  readonly type: 'conv';
  readonly name: string;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly bias: boolean;
  /** How the kernel is computed from the learned variables; `plain` by default. */
  readonly weights?: ConvWeights;
};

type WeightForm = {
  variables(shape: readonly number[], standardDeviation: number): readonly LayerVariable[];
  /** Returns the kernel; for `plain` the parameter itself, else a new tensor. */
  kernel(here: Pick<RunningLayer, 'ops' | 'param'>): Tensor4D;
};

const weightForms = {
  /** W is learned. */
  plain: {
    variables: (shape, standardDeviation) => [
      { name: 'kernel', shape, initializer: { kind: 'normal', standardDeviation } },
    ],
    kernel: ({ param }) => param<Tensor4D>('kernel'),
  },
  /** W = g · v/‖v‖, v and g learned (Salimans & Kingma 2016): v is initialized as a plain kernel, g to its length. */
  'weight-norm': {
    variables: (shape, standardDeviation) => [
      { name: 'direction', shape, initializer: { kind: 'normal', standardDeviation, drawnAs: 'kernel' } },
      { name: 'scale', shape: shape.slice(-1), initializer: { kind: 'length', of: 'direction' } },
    ],
    kernel: ({ ops, param }) => ops.weightNorm(param<Tensor4D>('direction'), param<Tensor1D>('scale')),
  },
  /** W = (V − μ)/√(σ² + 1e-5) of each output channel, V learned (Qiao et al. 2019). */
  'weight-standardized': {
    variables: (shape, standardDeviation) => [
      { name: 'kernel', shape, initializer: { kind: 'normal', standardDeviation } },
    ],
    kernel: ({ ops, param }) => ops.weightStandardize(param<Tensor4D>('kernel')),
  },
} satisfies Record<string, WeightForm>;

/** How a kernel is computed from the learned variables. */
export type ConvWeights = keyof typeof weightForms;

/** The names of these ways. */
export const convWeights = Object.keys(weightForms) as [ConvWeights, ...ConvWeights[]];

/** The kernel of a convolution; the parameter itself if its weights are plain, else a new tensor. */
export function kernelOf(here: Pick<RunningLayer<ConvSpec>, 'ops' | 'param' | 'layer'>): Tensor4D {
  return weightForms[here.layer.weights ?? 'plain'].kernel(here);
}

/**
 * y = x ∗ W + b.
 *
 * Kernels are initialized as normal with variance 2/(k·k·channels out), He et al. 2015, eq. 14 (fan-out), as in ResNets
 * of the paper's time; biases as 0.
 */
export const conv: LayerType<ConvSpec> = {
  schema: layerOf(
    'conv',
    {
      channels: described(positiveInteger, 'Output channels'),
      kernel: described(positiveInteger, 'Height and width of the kernel'),
      stride: positiveInteger,
      padding: described(oneOf(['same', 'valid']), "TensorFlow's paddings"),
      bias: described(flag, 'Whether a bias is learned for every channel'),
      weights: v.optional(
        described(
          oneOf(convWeights),
          'How the kernel is computed from the learned variables; plain by default',
        ),
      ),
    },
    'Convolution',
  ),

  stride: ({ layer }) => layer.stride,

  outputShape(place, fault) {
    const { layer } = place;
    const image = imageShape(place, fault);
    return [...windowsOf(layer, { size: layer.kernel, key: '.kernel' }, image, fault), layer.channels];
  },

  paddedInput: ({ layer, input }) => paddedSize(input, layer.kernel, layer),

  variables({ layer: { kernel, channels, bias, weights = 'plain' }, input }) {
    const shape = [kernel, kernel, input.at(-1)!, channels];
    const learned = weightForms[weights].variables(shape, Math.sqrt(2 / (kernel * kernel * channels)));
    const offset = bias ? [{ name: 'bias', shape: [channels], initializer: zero }] : [];
    return { params: [...learned, ...offset] };
  },

  macs({ layer: { kernel }, input, output }) {
    const [height = 0, width = 0, channels = 0] = output;
    return height * width * channels * kernel ** 2 * input.at(-1)!;
  },

  run(x, here) {
    const { ops, layer } = here;
    const kernel = kernelOf(here);
    const y = ops.conv2d(x as Tensor4D, kernel, layer.stride, layer.padding);
    if (kernel !== here.param('kernel')) kernel.dispose();
    return layer.bias ? addParam(y, here, 'bias') : y;
  },

  infer: (x, here) => fusedWith('linear', x, here),

  inferWithRelu: (x, here) => fusedWith('relu', x, here),
};

function fusedWith(activation: 'linear' | 'relu', x: Tensor, here: RunningLayer<ConvSpec>): Tensor {
  const { ops, layer, param } = here;
  const kernel = kernelOf(here);
  const bias = layer.bias ? param<Tensor1D>('bias') : undefined;
  const y = ops.fusedConv2d(x as Tensor4D, kernel, layer.stride, layer.padding, { bias, activation });
  if (kernel !== param('kernel')) kernel.dispose();
  return y;
}
