import type { Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { addParam } from './bias.js';
import { imageShape, paddedSize, windowsOf } from './images.js';
import { type LayerType, zero } from './layerType.js';
import { flag, name, oneOf, positiveInteger } from './schemaParts.js';

/** Convolution, NHWC, kernel [kh, kw, in, out], TensorFlow's SAME or VALID padding. */
export type ConvSpec = {
  readonly type: 'conv';
  readonly name: string;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly bias: boolean;
};

/**
 * y = x ∗ W + b.
 *
 * Kernels begin normal with variance 2/(k·k·channels out), He et al. 2015, eq. 14 (fan-out), as ResNets of the
 * paper's time did; biases begin at 0.
 */
export const conv: LayerType<ConvSpec> = {
  schema: z
    .strictObject({
      type: z.literal('conv'),
      name,
      channels: positiveInteger.describe('Output channels'),
      kernel: positiveInteger.describe('Height and width of the kernel'),
      stride: positiveInteger,
      padding: oneOf(['same', 'valid']).describe("TensorFlow's paddings"),
      bias: flag.describe('Whether a bias is learned for every channel'),
    })
    .describe('Convolution'),

  stride: ({ layer }) => layer.stride,

  outputShape(place, fault) {
    const { layer } = place;
    const image = imageShape(place, fault);
    return [...windowsOf(layer, { size: layer.kernel, key: '.kernel' }, image, fault), layer.channels];
  },

  paddedInput: ({ layer, input }) => paddedSize(input, layer.kernel, layer),

  variables({ layer: { kernel, channels, bias }, input }) {
    const standardDeviation = Math.sqrt(2 / (kernel * kernel * channels));
    const shape = [kernel, kernel, input.at(-1)!, channels];
    const weights = { name: 'kernel', shape, initializer: { kind: 'normal', standardDeviation } } as const;
    return { params: [weights, ...(bias ? [{ name: 'bias', shape: [channels], initializer: zero }] : [])] };
  },

  macs({ layer: { kernel }, input, output }) {
    const [height = 0, width = 0, channels = 0] = output;
    return height * width * channels * kernel ** 2 * input.at(-1)!;
  },

  run(x, here) {
    const { ops, param, layer } = here;
    const y = ops.conv2d(x as Tensor4D, param<Tensor4D>('kernel'), layer.stride, layer.padding);
    return layer.bias ? addParam(y, here, 'bias') : y;
  },
};
