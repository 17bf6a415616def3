import {
  allCnn,
  type ModelSpec,
  nin,
  normKinds,
  placements,
  resnet,
  type Variables,
  variablePlan,
} from '@normlab/models';
import { normalTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedNetwork } from '../src/index.js';

const width = 1 / 16;

/** Both results are rounded, and the largest of ten thousand errors lies within five of their root mean squares. */
export const largest = 2 * 5;

/** The paper's networks under every placement, and every other kind of layer at least once. */
export const specs: readonly { readonly title: string; readonly spec: ModelSpec }[] = [
  ...placements.flatMap((norm) => [
    { title: `ALL-CNN ${norm}`, spec: allCnn({ width, norm }) },
    // Pools in ceil mode.
    { title: `NIN ${norm}`, spec: nin({ width, norm }) },
    { title: `ResNet-29 ${norm}`, spec: resnet({ width, norm }) },
    { title: `ResNet-101 ${norm}`, spec: resnet({ width, norm, depth: 101 }) },
  ]),
  {
    title: 'prelu, dense head, biases',
    spec: allCnn({ width, norm: 'bn', activation: 'prelu', head: 'dense', convBias: true }),
  },
  ...(['tanh', 'leaky-relu', 'elu', 'gelu', 'gelu-tanh', 'silu'] as const).map((activation) => ({
    title: activation,
    spec: allCnn({ width, norm: 'bn', activation }),
  })),
  ...normKinds.map((normKind) => ({
    title: `${normKind} norm`,
    spec: allCnn({ width, norm: 'bn', normKind, ...(normKind === 'group' && { groups: 2 }) }),
  })),
  ...(['weight-norm', 'weight-standardized'] as const).map((convWeights) => ({
    title: convWeights,
    spec: allCnn({ width, norm: 'bn', convWeights }),
  })),
  {
    title: 'post-activation, projection',
    spec: resnet({ width, norm: 'bn', block: 'post-activation', shortcut: 'projection' }),
  },
  { title: 'layers in a chain', spec: chain() },
];

/** Padded pools of both kinds, a norm of features, dropout, valid padding, an affine layer. */
function chain(): ModelSpec {
  return {
    name: 'chain',
    input: [13, 11, 3],
    classes: 4,
    layers: [
      { type: 'conv', name: 'conv', channels: 6, kernel: 4, stride: 2, padding: 'same', bias: true },
      { type: 'affine', name: 'affine' },
      { type: 'pool', name: 'same', kind: 'average', size: 3, stride: 2, padding: 'same' },
      { type: 'pool', name: 'ceil', kind: 'max', size: 2, stride: 2, padding: 'ceil' },
      { type: 'conv', name: 'valid', channels: 8, kernel: 2, stride: 1, padding: 'valid', bias: false },
      { type: 'dropout', name: 'dropout', dropRate: 0.5 },
      { type: 'globalPool', name: 'pool' },
      { type: 'norm', name: 'features', kind: 'group', groups: 2, gain: true, bias: true, epsilon: 1e-5 },
      { type: 'activation', name: 'prelu', kind: 'prelu' },
      { type: 'dense', name: 'dense', units: 4, bias: true },
    ],
  };
}

/** A network whose variables are not at their initial values: gains and variances around 1, the others around 0. */
export function usedNetwork(spec: ModelSpec): TrainedNetwork {
  const { params, stats } = variablePlan(spec);
  const values = (planned: typeof params, seed: number): Variables =>
    Object.fromEntries(
      planned.map(({ path, shape, initializer }, index) => {
        const noise = normalTensor(shape as [number], seed + index);
        return [path, tf.tidy(() => used(noise, initializer))];
      }),
    );
  return { spec, params: values(params, 100), stats: values(stats, 900) };
}

function used(
  noise: tf.Tensor,
  initializer: ReturnType<typeof variablePlan>['params'][number]['initializer'],
): tf.Tensor {
  if (initializer.kind === 'normal') return tf.mul(noise, initializer.standardDeviation);
  const around = initializer.kind === 'constant' ? initializer.value : 1;
  return tf.add(around, tf.mul(noise, 0.1));
}
