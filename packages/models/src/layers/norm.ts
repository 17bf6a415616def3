import type { AffineParams, RunningStats } from '@normlab/ops';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type LayerType, one, type RunningLayer, zero } from './layerType.js';
import { flag, name } from './schemaParts.js';

/** Batch norm over N·H·W; a gain or bias that is not learned is fixed at 1 or 0. */
export type NormSpec = {
  readonly type: 'norm';
  readonly name: string;
  readonly gain: boolean;
  readonly bias: boolean;
  readonly epsilon: number;
  readonly decay: number;
};

/** y = γ · (x − μ)/√(σ² + ε) + β; gains begin at 1, biases at 0, running means at 0, running variances at 1. */
export const norm: LayerType<NormSpec> = {
  schema: z
    .strictObject({
      type: z.literal('norm'),
      name,
      gain: flag.describe('Whether a gain is learned; otherwise it is 1'),
      bias: flag.describe('Whether a bias is learned; otherwise it is 0'),
      epsilon: z.number('be a number ≥ 0').min(0, 'be a number ≥ 0'),
      decay: z
        .number('be in [0, 1]')
        .min(0, 'be in [0, 1]')
        .max(1, 'be in [0, 1]')
        .describe('Share of a running statistic that a step keeps'),
    })
    .describe('Batch norm over N, H and W'),

  outputShape: ({ input }) => input,

  variables({ layer: { gain, bias }, input }) {
    const shape = [input.at(-1)!];
    return {
      params: [
        ...(gain ? [{ name: 'scale', shape, initializer: one }] : []),
        ...(bias ? [{ name: 'offset', shape, initializer: zero }] : []),
      ],
      stats: [
        { name: 'mean', shape, initializer: zero },
        { name: 'variance', shape, initializer: one },
      ],
    };
  },

  run: (x, here) => trained(here.ops.batchNormTrain, x, here),

  runWithRelu: (x, here) => trained(here.ops.batchNormReluTrain, x, here),

  infer(x, here) {
    const { layer, ops } = here;
    const { epsilon } = layer;
    return layer.gain || layer.bias
      ? ops.batchNormInfer(x, learned(here), running(here), { epsilon })
      : ops.constantBatchNormInfer(x, running(here), { epsilon });
  },

  fold: (linear, here) =>
    here.ops.foldBatchNorm(
      { kernel: linear.kernel, ...(linear.bias && { bias: linear.bias as Tensor1D }) },
      learned(here),
      running(here),
      { epsilon: here.layer.epsilon },
    ),
};

type Train = (
  x: Tensor,
  params: AffineParams,
  stats: RunningStats,
  options: { readonly epsilon: number; readonly decay: number },
) => { readonly y: Tensor; readonly stats: RunningStats };

function trained(train: Train, x: Tensor, here: RunningLayer<NormSpec>): Tensor {
  const { epsilon, decay } = here.layer;
  const { y, stats } = train(x, learned(here), running(here), { epsilon, decay });
  here.moveStat('mean', stats.mean);
  here.moveStat('variance', stats.variance);
  return y;
}

/** A gain or bias that the spec does not learn has no parameter: without both the norm is BN_{1,0}. */
function learned({ layer: { gain, bias }, param }: RunningLayer<NormSpec>): AffineParams {
  return {
    ...(gain && { scale: param<Tensor1D>('scale') }),
    ...(bias && { offset: param<Tensor1D>('offset') }),
  };
}

function running({ stat }: RunningLayer<NormSpec>): RunningStats {
  return { mean: stat<Tensor1D>('mean'), variance: stat<Tensor1D>('variance') };
}
