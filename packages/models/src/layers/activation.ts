import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { LayerType, LayerVariable, RunningLayer } from './layerType.js';
import { name, oneOf } from './schemaParts.js';

type Activation = {
  /** One per channel; none. */
  readonly param?: Omit<LayerVariable, 'shape'>;
  readonly run: (x: Tensor, here: Pick<RunningLayer, 'ops' | 'param'>) => Tensor;
};

/** Every pointwise non-linearity by its name. */
const activations = {
  /** max(0, x) */
  relu: { run: (x, { ops }) => ops.relu(x) },
  /** x where x > 0, slope·x elsewhere, one learned slope per channel that begins at ¼ (He et al. 2015, §2.1) */
  prelu: {
    param: { name: 'slope', initializer: { kind: 'constant', value: 0.25 } },
    run: (x, { ops, param }) => ops.prelu(x, param<Tensor1D>('slope')),
  },
  tanh: { run: (x, { ops }) => ops.tanh(x) },
} satisfies Record<string, Activation>;

/** Name of a pointwise non-linearity. */
export type ActivationName = keyof typeof activations;

/** The non-linearities there are. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];

/** Pointwise non-linearity; `prelu` learns one slope per channel. */
export type ActivationSpec = {
  readonly type: 'activation';
  readonly name: string;
  readonly kind: ActivationName;
};

export const activation: LayerType<ActivationSpec> = {
  schema: z
    .strictObject({ type: z.literal('activation'), name, kind: oneOf(activationNames) })
    .describe('Pointwise non-linearity; prelu learns one slope per channel'),

  outputShape: ({ input }) => input,

  variables({ layer, input }) {
    const { param }: Activation = activations[layer.kind];
    return { params: param === undefined ? [] : [{ ...param, shape: [input.at(-1)!] }] };
  },

  run: (x, here) => activations[here.layer.kind].run(x, here),
};
