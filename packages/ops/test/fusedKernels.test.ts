import { openBackend } from '@normlab/backends';
import { normalArray, onBackends } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOperations } from './harness/describeOperations.js';
import { gradientsOf } from './harness/itIsDifferentiable.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { affineInputs, shapes } from './harness/standardizing.js';
import { type Call, registerTwins } from './harness/twinKernels.js';

describe('a backend’s fused kernels', () => {
  let close = async () => {};
  beforeAll(async () => {
    ({ close } = await openBackend('cpu'));
  });
  afterAll(() => close());

  describe('that are slow twins', () => {
    const calls: Call[] = [];
    let unregister = () => {};
    beforeEach(() => {
      calls.length = 0;
      unregister = registerTwins('cpu', calls);
    });
    afterEach(() => unregister());

    describeOperations('cpu', [
      ...shapes.map((shape) => ({
        title: `standardize, rank ${shape.length}`,
        operation: operations.standardize({ x: normalArray(shape, 1) }, callOptions(4, { axes: [0, -1] })),
      })),
      ...affineInputs(shapes.slice(0, 1)).map(({ title, inputs }) => ({
        title: `batchNormTrain, ${title}`,
        operation: operations.batchNormTrain(inputs, callOptions(4)),
      })),
      ...affineInputs(shapes.slice(0, 1)).map(({ title, inputs }) => ({
        title: `groupNorm, ${title}`,
        operation: operations.groupNorm(inputs, callOptions(4)),
      })),
    ]);

    it('are called once forward and once backward, with ascending axes, ε and the contract’s shapes', async () => {
      const x = normalArray([2, 3, 5, 4], 1);
      await gradientsOf(operations.standardize({ x }, callOptions(4, { axes: [-2, 1] })), x);
      const attrs = { axes: [1, 2], epsilon: 1e-3 };
      expect(calls).toEqual([
        { kernel: 'NormlabStandardize', attrs, shapes: { x: x.shape } },
        { kernel: 'NormlabStandardizeGrad', attrs, shapes: { dy: x.shape, y: x.shape, variance: [2, 4] } },
      ]);
    });
  });

  it('are not used when a gradient is differentiated', () => {
    const calls: Call[] = [];
    const unregister = registerTwins('cpu', calls);
    const { run } = operations.standardize({ x: normalArray([3, 2], 1) }, callOptions(2, { axes: [0] }));
    tf.tidy(() => {
      const slope = (x: tf.Tensor) => tf.sum(tf.grad((inner: tf.Tensor) => tf.square(run({ x: inner })))(x));
      tf.grad(slope)(tf.randomNormal([3, 2], 0, 1, 'float32', 1));
    });
    unregister();
    expect(calls).toEqual([]);
  });
});

onBackends('fusedKernels', ['wasm, composed'], (setting) => {
  describeOperations(
    setting,
    (['batchNormTrain', 'layerNorm', 'instanceNorm', 'groupNorm'] as const).flatMap((name) =>
      affineInputs(shapes.filter(({ length }) => length > 3)).map(({ title, inputs }) => ({
        title: `${name}, ${title}`,
        operation: operations[name](inputs, callOptions(4)),
      })),
    ),
  );
});
