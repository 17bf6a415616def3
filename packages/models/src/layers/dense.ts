import type { Tensor2D } from '@tensorflow/tfjs-core';
import { addParam } from './bias.js';
import { type LayerType, zero } from './layerType.js';
import { flag, layerOf, positiveInteger } from './schemaParts.js';

/** Fully connected layer on [N, C]. */
export type DenseSpec = {
  readonly type: 'dense';
  readonly name: string;
  readonly units: number;
  readonly bias: boolean;
};

/**
 * y = x · W + b, W [C, units].
 *
 * Kernels are initialized as normal with variance 2/C, He et al. 2015, eq. 10 (fan-in): with fan-out, a 10-way head on
 * 1024 features would start with logits of standard deviation 8. Biases are initialized as 0.
 */
export const dense: LayerType<DenseSpec> = {
  schema: layerOf(
    'dense',
    { units: positiveInteger, bias: flag },
    'Fully connected layer, after the global pool',
  ),

  outputShape({ layer, input }, fault) {
    if (input.length !== 1) fault('', 'follow the global pool, as a dense layer takes features [C]', input);
    return [layer.units];
  },

  variables({ layer: { units, bias }, input }) {
    const features = input.at(-1)!;
    const initializer = { kind: 'normal', standardDeviation: Math.sqrt(2 / features) } as const;
    const weights = { name: 'kernel', shape: [features, units], initializer };
    return { params: [weights, ...(bias ? [{ name: 'bias', shape: [units], initializer: zero }] : [])] };
  },

  macs: ({ input, output }) => input[0]! * output[0]!,

  run(x, here) {
    const y = here.ops.matMul(x as Tensor2D, here.param<Tensor2D>('kernel'));
    return here.layer.bias ? addParam(y, here, 'bias') : y;
  },
};
