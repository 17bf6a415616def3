import {
  type ActivationName,
  allCnn,
  buildModel,
  inferWith,
  type ModelSpec,
  nin,
  resnet,
} from '@normlab/models';
import { leaked, normalTensor, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

const small = { width: 1 / 24, input: [8, 8, 3] } as const;

/** In inference, both paths of its residual give back what they get. */
const idle: ModelSpec = {
  name: 'idle',
  input: [8, 8, 3],
  classes: 3,
  layers: [
    { type: 'residual', name: 'twice', layers: [{ type: 'dropout', name: 'drop', dropRate: 0.5 }] },
    { type: 'globalPool', name: 'pool' },
  ],
};

describe('inferWith', () => {
  withBackend('cpu');

  it('runs the layers with the given functions, in order, and returns the logits', () => {
    const spec = allCnn({ ...small, head: 'dense' });
    const model = buildModel(spec);
    const variables = model.init(1);
    const x = normalTensor<tf.Rank.R4>([2, 8, 8, 3], 1);
    const strides: number[] = [];
    const logits = inferWith(
      (usual) => ({
        ops: {
          ...usual,
          fusedConv2d(...args) {
            strides.push(args[2]);
            return usual.fusedConv2d(...args);
          },
        },
        x,
      }),
      spec,
      variables,
    );
    expect(strides).toEqual([1, 1, 2, 1, 1, 2, 1, 1, 1]);
    const expected = model.applyInfer(variables.params, variables.stats, x);
    expect(logits.dataSync()).toEqual(expected.dataSync());
    tf.dispose([variables, x, logits, expected]);
  });

  it.each([
    ['all-cnn', allCnn(small)],
    ['nin, whose dropout gives back what it gets', nin({ ...small, input: [9, 9, 3] })],
    ['weights that are computed', allCnn({ ...small, convWeights: 'weight-norm' })],
    ['a residual that does nothing', idle],
    ['resnet', resnet({ ...small, depth: 11, shortcut: 'projection' })],
    ['resnet, plain shortcuts', resnet({ ...small, depth: 11, block: 'post-activation' })],
  ])('disposes what each layer gives when the next has read it, and keeps the images: %s', (_, spec) => {
    const variables = buildModel(spec).init(1);
    const x = normalTensor<tf.Rank.R4>([2, ...spec.input], 1);
    expect(leaked(() => inferWith((ops) => ({ ops, x }), spec, variables))).toBe(0);
    expect(x.isDisposed).toBe(false);
    tf.dispose([variables, x]);
  });

  it.each<[ActivationName, string]>([
    ['relu', 'relu'],
    ['tanh', 'linear'],
  ])('computes a ReLU together with the convolution before it, no other activation: %s', (kind, fused) => {
    const spec = allCnn({ ...small, norm: 'none', activation: kind });
    const variables = buildModel(spec).init(1);
    const x = normalTensor<tf.Rank.R4>([2, 8, 8, 3], 1);
    const activations: (string | undefined)[] = [];
    let alone = 0;
    tf.tidy(() =>
      inferWith(
        (usual) => ({
          ops: {
            ...usual,
            fusedConv2d(...args) {
              activations.push(args[4]?.activation);
              return usual.fusedConv2d(...args);
            },
            relu(given) {
              alone++;
              return usual.relu(given);
            },
          },
          x,
        }),
        spec,
        variables,
      ),
    );
    expect(activations).toEqual(new Array(9).fill(fused));
    expect(alone).toBe(0);
    tf.dispose([variables, x]);
  });

  it('refuses a spec with a fault, and variables that lack one, before a function is asked for', () => {
    const spec = allCnn(small);
    const { params, stats } = buildModel(spec).init(1);
    const { 'conv2/kernel': kernel, ...lessParams } = params;
    const { 'norm9/mean': mean, ...lessStats } = stats;
    const make = (): never => {
      throw new Error('asked for functions');
    };
    expect(() => inferWith(make, { ...spec, classes: 11 }, { params, stats })).toThrow(
      'inferWith: layers must end in logits of shape [11]',
    );
    expect(() => inferWith(make, spec, { params: lessParams, stats })).toThrow(
      "inferWith: params['conv2/kernel'] must exist, with shape [3, 3, 4, 4]",
    );
    expect(() => inferWith(make, spec, { params, stats: lessStats })).toThrow(
      "inferWith: stats['norm9/mean'] must exist, with shape [10]",
    );
    // As the exporters do.
    expect(() => inferWith(make, spec, { params: lessParams, stats }, { where: 'exportOnnx' })).toThrow(
      "exportOnnx: params['conv2/kernel'] must exist, with shape [3, 3, 4, 4]",
    );
    expect(() => inferWith(make, { ...spec, classes: 11 }, { params, stats }, { where: 'mine' })).toThrow(
      'mine: layers must end in logits of shape [11]',
    );
    tf.dispose([params, stats, kernel!, mean!]);
  });
});
