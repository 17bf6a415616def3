import * as ops from '@normlab/ops';
import { batchNormTrain, layerNorm, standardize } from '@normlab/ops';
import { messageOf, withBackend } from '@normlab/testing';
import { ones, type Tensor, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

withBackend('cpu');

const x = () => tensor2d([1, 2, 3, 5, 8, 11], [3, 2]);
const values = (compute: () => Tensor) => Array.from(compute().dataSync<'float32'>());

describe('the ends of what is allowed', () => {
  it('decay = 1 keeps the running statistics, and 0 takes those of the batch', () => {
    const moved = (decay: number) =>
      values(
        () =>
          batchNormTrain(x(), {}, { mean: tensor1d([7, 9]), variance: tensor1d([1, 1]) }, { decay }).stats
            .mean,
      );
    expect(moved(1)).toEqual([7, 9]);
    expect(moved(0)).toEqual([4, 6]);
  });

  it('axis −rank is the first, −1 the last', () => {
    const of = (axis: number) => values(() => standardize(x(), [axis]).y);
    expect(of(-2)).toEqual(of(0));
    expect(of(-1)).toEqual(of(1));
    expect(of(0)).not.toEqual(of(1));
  });
});

describe('just beyond', () => {
  it.each([[-3], [0, 2], [2, 0]])('axes %j', async (...axes) => {
    expect(await messageOf(() => standardize(x(), axes))).toContain('OptionError: standardize: axes must ');
  });

  it('a scale with as many values as there are channels, but of another rank', async () => {
    const column = ones([2, 1]) as unknown as Tensor1D;
    const stats = { mean: tensor1d([0, 0]), variance: tensor1d([1, 1]) };
    expect(await messageOf(() => batchNormTrain(x(), { scale: column }, stats))).toBe(
      'ShapeError: batchNormTrain: scale must have shape [C] with C = 2 (the last axis of x), got [2,1].',
    );
    expect(await messageOf(() => layerNorm(x(), { scale: column }))).toBe(
      'ShapeError: layerNorm: scale must have shape [C] with C = 2 (the last axis of x), got [2,1].',
    );
  });
});

it('a tensor in place of named parameters or statistics is called a tensor', async () => {
  const call = ops as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  expect(await messageOf(() => call.layerNorm!(x(), ones([2])))).toBe(
    'ShapeError: layerNorm: params must hold scale and offset, either of which may be left out, got "a tensor".',
  );
  expect(await messageOf(() => call.batchNormInfer!(x(), {}, ones([2])))).toBe(
    'ShapeError: batchNormInfer: stats must hold mean and variance, got "a tensor".',
  );
});

it('an unknown option or parameter is refused with all names that the operation knows', async () => {
  const call = ops as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  const images = ones([2, 1, 1, 2]);
  const stats = { mean: tensor1d([0, 0]), variance: tensor1d([1, 1]) };
  const wrong = { momentum: 0.1 };
  const calls: Readonly<Record<string, readonly unknown[]>> = {
    standardize: [images, [0], wrong],
    batchNormTrain: [images, {}, stats, wrong],
    batchNormReluTrain: [images, {}, stats, wrong],
    batchNormInfer: [images, {}, stats, wrong],
    constantBatchNormTrain: [images, stats, wrong],
    constantBatchNormInfer: [images, stats, wrong],
    layerNorm: [images, {}, wrong],
    rmsNorm: [images, {}, wrong],
    instanceNorm: [images, {}, wrong],
    groupNorm: [images, {}, wrong],
    weightStandardize: [images, wrong],
    foldBatchNorm: [{ kernel: images }, {}, stats, wrong],
  };
  const said = [];
  for (const [name, args] of Object.entries(calls)) said.push(await messageOf(() => call[name]!(...args)));
  said.push(await messageOf(() => call.batchNormTrain!(images, { gamma: 1 }, stats)));
  said.push(await messageOf(() => call.layerNorm!(images, { gamma: 1 })));
  said.push(await messageOf(() => call.foldBatchNorm!({ kernel: images, biases: 1 }, {}, stats)));
  expect(said).toMatchInlineSnapshot(`
    [
      "OptionError: standardize: "momentum" must be an option (valid names: epsilon).",
      "OptionError: batchNormTrain: "momentum" must be an option (valid names: epsilon, decay).",
      "OptionError: batchNormReluTrain: "momentum" must be an option (valid names: epsilon, decay).",
      "OptionError: batchNormInfer: "momentum" must be an option (valid names: epsilon).",
      "OptionError: constantBatchNormTrain: "momentum" must be an option (valid names: epsilon, decay).",
      "OptionError: constantBatchNormInfer: "momentum" must be an option (valid names: epsilon).",
      "OptionError: layerNorm: "momentum" must be an option (valid names: axes, epsilon).",
      "OptionError: rmsNorm: "momentum" must be an option (valid names: axes, epsilon).",
      "OptionError: instanceNorm: "momentum" must be an option (valid names: epsilon).",
      "OptionError: groupNorm: "momentum" must be an option (valid names: groups, epsilon).",
      "OptionError: weightStandardize: "momentum" must be an option (valid names: epsilon).",
      "OptionError: foldBatchNorm: "momentum" must be an option (valid names: epsilon).",
      "OptionError: batchNormTrain: "gamma" must be an option (valid names: scale, offset).",
      "OptionError: layerNorm: "gamma" must be an option (valid names: scale, offset).",
      "OptionError: foldBatchNorm: "biases" must be an option (valid names: kernel, bias).",
    ]
  `);
});
