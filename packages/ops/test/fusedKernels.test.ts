import { openBackend } from '@normlab/backends';
import { batchNormReluTrain } from '@normlab/ops';
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
      calls.length = 0;
      const x = normalArray([2, 3, 5, 4], 1);
      await gradientsOf(operations.standardize({ x }, callOptions(4, { axes: [-2, 1] })), x);
      const attrs = { axes: [1, 2], epsilon: 1e-3 };
      expect(calls).toEqual([
        { kernel: 'NormlabStandardize', attrs, shapes: { x: x.shape } },
        { kernel: 'NormlabStandardizeGrad', attrs, shapes: { dy: x.shape, y: x.shape, variance: [2, 4] } },
      ]);
    });
  });

  it('of batch norm are one forward, whose last two outputs go to one backward', () => {
    const [x, scale, offset] = [tf.ones([2, 3]), tf.ones([3]), tf.zeros([3])] as const;
    const stats = { mean: tf.zeros<tf.Rank.R1>([3]), variance: tf.ones<tf.Rank.R1>([3]) };
    const calls: unknown[] = [];
    /** A kernel that notes the first value of each input and gives tensors of one value each. */
    const register = (kernelName: string, outputs: readonly (readonly [number[], number])[]) =>
      tf.registerKernel({
        kernelName,
        backendName: 'cpu',
        kernelFunc({ inputs, attrs }) {
          const tensors = Object.entries(inputs as tf.NamedTensorMap);
          const given = tensors.map(([name, tensor]) => [name, tensor.dataSync()[0]]);
          calls.push({ kernelName, attrs: { ...attrs }, given: Object.fromEntries(given) });
          return outputs.map(([shape, value]) => tf.fill(shape, value));
        },
      });
    register('NormlabBatchNorm', [
      [[2, 3], 5],
      [[3], 6],
      [[3], 7],
      [[2, 3], 8],
      [[3], 9],
    ]);
    register('NormlabBatchNormGrad', [
      [[2, 3], 10],
      [[3], 11],
      [[3], 12],
    ]);
    const moved: number[] = [];
    const loss = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
      const params = { scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D };
      const { y, stats: next } = batchNormReluTrain(x, params, stats, { epsilon: 0.5, decay: 0.25 });
      moved.push(next.mean.dataSync()[0]!, next.variance.dataSync()[0]!);
      return tf.sum<tf.Scalar>(tf.mul(y, 2));
    };
    const { value, grads } = tf.valueAndGrads(loss)([x, scale, offset]);
    tf.unregisterKernel('NormlabBatchNorm', 'cpu');
    tf.unregisterKernel('NormlabBatchNormGrad', 'cpu');
    expect([value, ...grads].map((each) => each.dataSync()[0])).toEqual([60, 10, 11, 12]);
    expect(moved).toEqual([6, 7]);
    expect(calls).toEqual([
      {
        kernelName: 'NormlabBatchNorm',
        attrs: { epsilon: 0.5, decay: 0.25, activation: 'relu' },
        given: { x: 1, mean: 0, variance: 1, scale: 1, offset: 0 },
      },
      {
        kernelName: 'NormlabBatchNormGrad',
        attrs: { epsilon: 0.5, activation: 'relu' },
        given: { dy: 2, kept: 8, table: 9 },
      },
    ]);
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
