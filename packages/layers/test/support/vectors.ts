import { readFileSync } from 'node:fs';
import type { NdArray } from '@normlab/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers as tfLayers } from '@tensorflow/tfjs-layers';
import * as layers from '../../src/index.js';

/** As vectors/README.md describes them. */
export type VectorCase = {
  readonly title: string;
  readonly options: { epsilon: number; groups?: number; axes?: number[]; decay?: number };
  readonly stats?: { readonly mean: NdArray; readonly variance: NdArray };
  readonly inputs: { readonly x: NdArray; readonly scale?: NdArray; readonly offset?: NdArray };
  readonly dy: NdArray;
  readonly output: NdArray;
  readonly gradients: Record<string, NdArray>;
  readonly moved?: { readonly mean: NdArray; readonly variance: NdArray };
};

const folder = new URL('../../../../vectors/ops/', import.meta.url);

/** The cases of an operation that a layer can have: its first axis is the batch. */
export function casesOf(operation: OperationName): VectorCase[] {
  const { cases } = JSON.parse(readFileSync(new URL(`${operation}.json`, folder), 'utf8')) as {
    cases: VectorCase[];
  };
  return cases.filter(({ options: { axes = [] }, inputs: { scale, offset } }) => {
    const isNormalizedShape = [scale, offset].every(
      (each) => (each?.shape.length ?? axes.length) === axes.length,
    );
    return axes.length === 0 || (!axes.includes(0) && isNormalizedShape);
  });
}

/** Options that a case does not have. */
type Own = { readonly inputShape?: number[] };

/** The layer of each operation. */
const layerOf = {
  batchNormTrain: ({ options, inputs }: VectorCase, own: Own) =>
    layers.batchNormalization({
      ...own,
      ...affine(inputs),
      epsilon: options.epsilon,
      momentum: options.decay ?? 0.5,
    }),
  batchNormInfer: ({ options, inputs }: VectorCase, own: Own) =>
    layers.batchNormalization({ ...own, ...affine(inputs), epsilon: options.epsilon }),
  constantBatchNormTrain: ({ options }: VectorCase, own: Own) =>
    layers.constantBatchNormalization({ ...own, epsilon: options.epsilon, momentum: options.decay ?? 0.5 }),
  constantBatchNormInfer: ({ options }: VectorCase, own: Own) =>
    layers.constantBatchNormalization({ ...own, epsilon: options.epsilon }),
  groupNorm: ({ options: { groups = 1, epsilon }, inputs }: VectorCase, own: Own) =>
    layers.groupNormalization({ ...own, ...affine(inputs), groups, epsilon }),
  instanceNorm: ({ options: { epsilon }, inputs }: VectorCase, own: Own) =>
    layers.instanceNormalization({ ...own, ...affine(inputs), epsilon }),
  layerNorm: ({ options: { axes = [-1], epsilon }, inputs }: VectorCase, own: Own) =>
    layers.layerNormalization({ ...own, ...affine(inputs), axis: axes, epsilon }),
  rmsNorm: ({ options: { axes = [-1], epsilon }, inputs }: VectorCase, own: Own) =>
    layers.rmsNormalization({ ...own, ...affine(inputs), axis: axes, epsilon }),
} satisfies Record<string, (vector: VectorCase, own: Own) => tfLayers.Layer>;

export type OperationName = keyof typeof layerOf;

/** The operations that have a layer. */
export const operationNames = Object.keys(layerOf) as OperationName[];

/** The layer of an operation with a case's options; its weights are set when it is built, by {@link weightsOf}. */
export function vectorLayer(operation: OperationName, vector: VectorCase, own: Own = {}): tfLayers.Layer {
  return layerOf[operation](vector, own);
}

/** A case's values of a layer's weights, in tf.layers' order. */
export function weightsOf({ inputs: { scale, offset }, stats }: VectorCase): NdArray[] {
  return [scale, offset, stats?.mean, stats?.variance].filter((each) => each !== undefined);
}

/** Whether the operation is one of training. */
export function isTraining(operation: OperationName): boolean {
  return operation.endsWith('Train');
}

/** The output of a layer that is applied to a tensor. */
export function applied(layer: tfLayers.Layer, x: Tensor, training = false): Tensor {
  return layer.apply(x, { training }) as Tensor;
}

function affine({ scale, offset }: VectorCase['inputs']): { scale: boolean; center: boolean } {
  return { scale: scale !== undefined, center: offset !== undefined };
}
