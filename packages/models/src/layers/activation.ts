import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { LayerType, LayerVariable, RunningLayer } from './layerType.js';
import { layerOf, oneOf } from './schemaParts.js';

type Activation = {
  /** A learned parameter per channel; none by default. */
  readonly param?: Omit<LayerVariable, 'shape'>;
  readonly run: (x: Tensor, here: Pick<RunningLayer, 'ops' | 'param'>) => Tensor;
};

/** Every pointwise non-linearity by name. */
const activations = {
  /** max(0, x) */
  relu: { run: (x, { ops }) => ops.relu(x) },
  /** x where x > 0, slope·x elsewhere, one learned slope per channel that begins at ¼ (He et al. 2015, §2.1) */
  prelu: {
    param: { name: 'slope', initializer: { kind: 'constant', value: 0.25 } },
    run: (x, { ops, param }) => ops.prelu(x, param<Tensor1D>('slope')),
  },
  tanh: { run: (x, { ops }) => ops.tanh(x) },
  /** x where x > 0, x/100 elsewhere (Maas et al. 2013; PyTorch's slope) */
  'leaky-relu': { run: (x, { ops }) => ops.leakyRelu(x, 0.01) },
  /** x where x > 0, eˣ − 1 elsewhere (Clevert et al. 2016, α = 1) */
  elu: { run: (x, { ops }) => ops.elu(x) },
  /** x·Φ(x) = x/2·(1 + erf(x/√2)), Φ the normal distribution (Hendrycks & Gimpel 2016) */
  gelu: {
    run: (x, { ops }) => ops.tidy(() => halfOf(x, ops.erf(ops.mul(x, Math.SQRT1_2)), ops)),
  },
  /** x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximation of gelu by tanh (ibid., §2) */
  'gelu-tanh': {
    run: (x, { ops }) =>
      ops.tidy(() => {
        const curved = ops.mul(x, ops.add(1, ops.mul(0.044715, ops.square(x))));
        return halfOf(x, ops.tanh(ops.mul(Math.sqrt(2 / Math.PI), curved)), ops);
      }),
  },
  /** x·σ(x) = x/(1 + e⁻ˣ), also called swish (Elfwing et al. 2018; Ramachandran et al. 2017, β = 1) */
  silu: { run: (x, { ops }) => ops.tidy(() => ops.mul(x, ops.sigmoid(x))) },
} satisfies Record<string, Activation>;

/** x/2·(1 + z) */
function halfOf(x: Tensor, z: Tensor, ops: RunningLayer['ops']): Tensor {
  return ops.mul(ops.mul(x, 0.5), ops.add(1, z));
}

/** Name of a pointwise non-linearity. */
export type ActivationName = keyof typeof activations;

/** The names of all non-linearities. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];

/** Pointwise non-linearity; `prelu` learns one slope per channel. */
export type ActivationSpec = {
  readonly type: 'activation';
  readonly name: string;
  readonly kind: ActivationName;
};

export const activation: LayerType<ActivationSpec> = {
  schema: layerOf(
    'activation',
    { kind: oneOf(activationNames) },
    'Pointwise non-linearity; prelu learns one slope per channel',
  ),

  outputShape: ({ input }) => input,

  variables({ layer, input }) {
    const { param }: Activation = activations[layer.kind];
    return { params: param === undefined ? [] : [{ ...param, shape: [input.at(-1)!] }] };
  },

  run: (x, here) => activations[here.layer.kind].run(x, here),
};
