import { arrayOf, twins } from '@normlab/testing';
import { dispose, ones, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { foldBatchNorm } from '../../src/index.js';
import { inferring } from './inferring.js';
import type { Arrays, Bounds, Operation } from './operation.js';
import { withStats } from './samples.js';
import { affineParams } from './standardizing.js';

type Options = { readonly stats: twins.StatsArrays; readonly epsilon: number };

/** The kernel of `foldBatchNorm`, on inputs kernel and, if present, scale: inference with μ = 0. */
export function foldedKernel({ kernel, ...params }: Arrays, { stats, epsilon }: Options): Operation {
  const centred = { mean: arrayOf(stats.mean.shape, () => 0), variance: stats.variance };
  const like = inferring({ x: kernel!, ...params }, { stats: centred, epsilon }, (x) => x);
  return {
    inputs: { kernel: kernel!, ...params },
    run: (inputs) => {
      const { kernel, bias } = fold(inputs, { stats, epsilon });
      bias.dispose();
      return kernel;
    },
    reference: ({ kernel, ...params }) =>
      twins.foldBatchNorm({ kernel: kernel! }, params, stats, { epsilon }).kernel,
    bounds: (dy) => renamed(like.bounds(dy), 'kernel'),
  };
}

/** The bias of `foldBatchNorm`, on inputs bias and, if present, scale and offset: inference on the bias. */
export function foldedBias({ bias, ...params }: Arrays, options: Options): Operation {
  const like = inferring({ x: bias!, ...params }, options, (x) => x);
  const channels = bias!.values.length;
  const kernel = arrayOf([1, channels], () => 1);
  return {
    inputs: { bias: bias!, ...params },
    run: (inputs) => {
      const made = ones([1, channels]);
      const { kernel, bias } = fold({ kernel: made, ...inputs }, options);
      dispose([made, kernel]);
      return bias;
    },
    reference: ({ bias, ...params }) =>
      twins.foldBatchNorm({ kernel, bias: bias! }, params, options.stats, options).bias,
    bounds: (dy) => renamed(like.bounds(dy), 'bias'),
  };
}

function fold(inputs: Readonly<Record<string, Tensor>>, { stats, epsilon }: Options) {
  const { kernel, bias } = inputs;
  const layer = { kernel: kernel!, ...(bias === undefined ? {} : { bias: bias as Tensor1D }) };
  return withStats(stats, (stats) => foldBatchNorm(layer, affineParams(inputs), stats, { epsilon }));
}

function renamed({ gradients, ...others }: Bounds, name: string): Bounds {
  const { x, ...params } = gradients;
  return { ...others, gradients: { [name]: x!, ...params } };
}
