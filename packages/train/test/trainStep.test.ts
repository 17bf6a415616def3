import type { Model, Variables } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import { inSoftware, messageOf, onBackends } from '@normlab/testing';
import {
  type Batch,
  constant,
  crossEntropy,
  disposeState,
  initState,
  type Loss,
  lossAndGradients,
  type Optimizer,
  sgd,
  type TrainState,
  trainStep,
} from '@normlab/train';
import {
  backend as activeBackend,
  add,
  dispose,
  getBackend,
  memory,
  mul,
  sqrt,
  sum,
  type Tensor2D,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sentinelOf, zeroError } from '../src/zeroError.js';
import { firstOf } from './support/firstOf.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

const optimizer = sgd({ learningRate: constant(0.125), momentum: 0.9 });
let batch: Batch;
beforeEach(async () => {
  batch = await firstOf(toyBatches()(0, 0));
});

onBackends('trainStep', inSoftware, (name) => {
  it('keeps the tensor count: the same after 1000 steps as after 10 (after 100 on cpu, which is slow)', async () => {
    const steps = name === 'cpu' ? 100 : 1000;
    const step = trainStep(tinyModel, optimizer, crossEntropy, { seed: 1 });
    let state = initState(tinyModel, optimizer, 1);
    const counts: Record<number, number> = {};
    while (state.step < steps) {
      const next = await step(state, batch);
      disposeState(state);
      state = next.state;
      counts[state.step] = memory().numTensors;
    }
    expect(counts[steps]).toBe(counts[10]);
    disposeState(state);
  });

  it('does not change the given state, and shares no tensor with it', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const before = await valuesOf(state);
    const { state: next } = await trainStep(tinyModel, optimizer, crossEntropy)(state, batch);
    disposeState(next);
    expect(await valuesOf(state)).toEqual(before);
    disposeState(state);
  });

  it('keeps the gradients of the steps that are asked for: those of lossAndGradients, and nothing else', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const step = trainStep(tinyModel, optimizer, crossEntropy, {
      seed: 5,
      keepGradients: (number) => number === 1,
    });
    const before = memory().numTensors;
    const { state: next, gradients } = await step(state, batch);
    expect(Object.keys(gradients!)).toEqual(Object.keys(state.params));
    const wanted = lossAndGradients(tinyModel, crossEntropy, state, batch, {
      seed: deriveSeed(5, 'step', 0),
    });
    for (const [path, gradient] of Object.entries(gradients!)) {
      expect(await gradient.data()).toEqual(await wanted.gradients[path]!.data());
    }
    dispose([wanted, gradients!]);
    const { state: third, ...figures } = await step(next, batch);
    expect(Object.keys(figures)).toEqual(['loss', 'accuracy']);
    disposeState(next);
    disposeState(third);
    expect(memory().numTensors).toBe(before);
    disposeState(state);
  });

  it('reports the share of images whose right logit is the largest, before the step', async () => {
    const { images, labels, shape } = batch;
    const counts: number[] = [];
    for (let seed = 1; seed <= 6; seed++) {
      const state = initState(tinyModel, optimizer, seed);
      const { state: next, accuracy } = await trainStep(tinyModel, optimizer, crossEntropy)(state, batch);
      const x = tensor4d(images, [...shape]);
      const outputs = tinyModel.applyTrain(state.params, state.stats, x, { seed: deriveSeed(0, 'step', 0) });
      const rows = await outputs.logits.array();
      const correct = rows.filter((row, image) => row.indexOf(Math.max(...row)) === labels[image]).length;
      expect(accuracy).toBe(correct / labels.length);
      counts.push(correct);
      disposeState(next);
      disposeState(state);
      dispose([x, outputs]);
    }
    // Some and not all, in at least one of them.
    expect(counts.some((count) => count > 0 && count < labels.length)).toBe(true);
  });

  it('reads back once', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const reads = vi.spyOn(activeBackend(), 'read');
    const { state: next } = await trainStep(tinyModel, optimizer, crossEntropy)(state, batch);
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
    disposeState(state);
    disposeState(next);
  });

  it('draws dropout from seed and step: the same seed and step give the same bits, others give others', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const lossOf = async (seed: number, step: number): Promise<number> => {
      const result = await trainStep(tinyModel, optimizer, crossEntropy, { seed })({ ...state, step }, batch);
      disposeState(result.state);
      return result.loss;
    };
    expect(await lossOf(1, 0)).toBe(await lossOf(1, 0));
    expect(await lossOf(1, 0)).not.toBe(await lossOf(2, 0));
    expect(await lossOf(1, 0)).not.toBe(await lossOf(1, 1));
    disposeState(state);
  });

  describe('a step that is not finite', () => {
    /** The message; checks also that the state before the step is unchanged and no tensor is left. */
    async function failure(
      model: Model,
      state: TrainState,
      given: Batch = batch,
      loss: Loss = crossEntropy,
    ): Promise<string> {
      const before = await valuesOf(state);
      const tensors = memory().numTensors;
      const message = await messageOf(() => trainStep(model, optimizer, loss)(state, given));
      expect(memory().numTensors).toBe(tensors);
      expect(await valuesOf(state)).toEqual(before);
      disposeState(state);
      return message;
    }

    it('names a pixel', async () => {
      const images = batch.images.with(7, Number.NaN);
      expect(
        await failure(tinyModel, initState(tinyModel, optimizer, 1), { ...batch, images }),
      ).toMatchInlineSnapshot(
        `"TrainError: trainStep: the loss of step 1 must be finite, got NaN (first not finite: value 7 of the batch's images; learning rate 0.125: a lower one or a warm-up may help)."`,
      );
    });

    it('names the first pixel too', async () => {
      const images = batch.images.with(0, Number.NEGATIVE_INFINITY).with(3, Number.NaN);
      expect(await failure(tinyModel, initState(tinyModel, optimizer, 1), { ...batch, images })).toContain(
        "first not finite: value 0 of the batch's images;",
      );
    });

    it('names a parameter', async () => {
      const { params, ...rest } = initState(tinyModel, optimizer, 1);
      const bad = tensor([0, Number.POSITIVE_INFINITY, 0]);
      dispose(params['dense/bias']!);
      const state = { ...rest, params: { ...params, 'dense/bias': bad }, step: 41 };
      expect(await failure(tinyModel, state)).toMatchInlineSnapshot(
        `"TrainError: trainStep: the loss of step 42 must be finite, got NaN (first not finite: the parameter dense/bias; learning rate 0.125: a lower one or a warm-up may help)."`,
      );
    });

    it('names the layer whose output overflows', async () => {
      const { params, ...rest } = initState(tinyModel, optimizer, 1);
      const huge = mul(params['conv1/kernel']!, 2 ** 126);
      dispose(params['conv1/kernel']!);
      const state = { ...rest, params: { ...params, 'conv1/kernel': huge } };
      const images = batch.images.map((value) => 16 * value);
      expect(await failure(tinyModel, state, { ...batch, images })).toMatchInlineSnapshot(
        `"TrainError: trainStep: the loss of step 1 must be finite, got NaN (first not finite: the output of layer conv1; learning rate 0.125: a lower one or a warm-up may help)."`,
      );
    });

    it('names the variable whose gradient overflows though the loss does not', async () => {
      const state = initState(tinyModel, optimizer, 1);
      expect(await failure(steepIn('conv1/kernel'), state)).toMatchInlineSnapshot(
        `"TrainError: trainStep: the gradient of step 1 must be finite (first not finite: the gradient of conv1/kernel; learning rate 0.125: a lower one or a warm-up may help)."`,
      );
    });

    it('names the last of several such variables, whose gradient is computed first', async () => {
      const state = initState(tinyModel, optimizer, 1);
      expect(await failure(steepIn('conv1/kernel', 'dense/kernel'), state)).toContain(
        'first not finite: the gradient of dense/kernel;',
      );
    });

    it('names the logits, where they alone overflow', async () => {
      const flooded = <T extends { logits: Tensor2D }>({ logits, ...rest }: T) => {
        const huge = mul<Tensor2D>(mul(logits, 2 ** 127), 2 ** 127);
        dispose(logits);
        return { ...rest, logits: huge };
      };
      const model: Model = {
        ...tinyModel,
        applyTrain: (...given) => tidy(() => flooded(tinyModel.applyTrain(...given))),
        applyWith: (...given) => tidy(() => flooded(tinyModel.applyWith(...given))),
      };
      expect(await failure(model, initState(tinyModel, optimizer, 1))).toContain(
        'first not finite: the logits;',
      );
    });

    it('looks with the dropout of the step that failed', async () => {
      const seeds: number[] = [];
      const steep = steepIn('conv1/kernel');
      const model: Model = {
        ...steep,
        applyTrain: (params, stats, x, options) => {
          seeds.push(options.seed);
          return steep.applyTrain(params, stats, x, options);
        },
        applyWith: (params, stats, x, options) => {
          seeds.push(options.seed);
          return steep.applyWith(params, stats, x, options);
        },
      };
      await failure(model, { ...initState(tinyModel, optimizer, 1), step: 4 });
      // The step, the outputs of its layers, its gradients.
      expect(seeds).toEqual(new Array(3).fill(deriveSeed(0, 'step', 4)));
    });

    it('says that only the sum of the gradients overflows', async () => {
      const state = initState(tinyModel, optimizer, 1);
      // The gradient of each of the three biases is 6 images · 2¹²⁵, below 2¹²⁸; the sum of the three is above.
      const steepLoss: Loss = (logits) => mul(sum(logits), 2 ** 125);
      expect(await failure(tinyModel, state, batch, steepLoss)).toMatchInlineSnapshot(
        `"TrainError: trainStep: the gradient of step 1 must be finite (first not finite: the sum of the gradients; learning rate 0.125: a lower one or a warm-up may help)."`,
      );
    });
  });

  describe('a step of zeros', () => {
    const zeroing: Optimizer = {
      ...optimizer,
      update: (...given) =>
        tidy(() => {
          const { params, state } = optimizer.update(...given);
          const blank = Object.entries(params).map(([path, each]) => [path, zerosLike(each)] as const);
          return { params: Object.fromEntries(blank), state };
        }),
    };
    const zeroLoss: Loss = (logits) => mul(sum(logits), 0);

    it('is refused where all parameters become 0, with nothing left over', async () => {
      const state = initState(tinyModel, optimizer, 1);
      const tensors = memory().numTensors;
      const message = await messageOf(() => trainStep(tinyModel, zeroing, crossEntropy)(state, batch));
      expect(message.replace(getBackend(), 'NAME')).toBe(
        'TrainError: trainStep: the parameters of step 1 must not all be 0 where those before were not (the backend ' +
          '"NAME" has failed without saying so: out of memory, or more than its device allows).',
      );
      expect(memory().numTensors).toBe(tensors);
      disposeState(state);
    });

    it('is refused where the cross-entropy of wrong images is 0', async () => {
      const figures = { loss: 0, correct: 4, images: 6, sentinel: 1 };
      const error = await zeroError(crossEntropy, 7, figures, {}, {});
      expect(error?.message).toContain(
        'trainStep: the loss of step 7 must be at least log 2 per image classified wrongly, here 2 of 6, got 0 (',
      );
      expect(await zeroError(crossEntropy, 7, { ...figures, correct: 6 }, {}, {})).toBeUndefined();
      expect(await zeroError(zeroLoss, 7, { ...figures, correct: 0 }, {}, {})).toBeUndefined();
    });

    it('is told from single zeros, before the step and after it', async () => {
      const figures = { loss: 1, correct: 0, images: 6, sentinel: 0 };
      const [zero, some] = [{ w: tensor1d([0, 0]) }, { v: tensor1d([0, 0]), w: tensor1d([0, 1]) }];
      const errorFrom = (before: Variables, after: Variables) =>
        zeroError(crossEntropy, 7, figures, before, after);
      expect((await errorFrom(some, zero))?.message).toContain('the parameters of step 7 must not all be 0');
      expect(await errorFrom(some, some)).toBeUndefined();
      expect(await errorFrom(zero, zero)).toBeUndefined();
      dispose([zero, some]);
    });

    it('is looked for in the smallest parameter of two axes, else in the smallest', () => {
      const sizes = { bias: [2], large: [4, 5], kernel: [2, 2, 3], small: [3, 3], scale: [5] };
      const params: Variables = Object.fromEntries(
        Object.entries(sizes).map(([path, shape]) => [path, zeros(shape)]),
      );
      expect(sentinelOf(params)).toBe(params.small);
      const { scale, bias } = params;
      expect(sentinelOf({ scale: scale!, bias: bias! })).toBe(bias);
      dispose(params);
    });

    it('is accepted where it may be: another loss at 0, its gradients 0, parameters that were 0', async () => {
      const { params, ...rest } = initState(tinyModel, optimizer, 1);
      const blank = Object.entries(params).map(([path, each]) => [path, zerosLike(each)] as const);
      const state = { ...rest, params: Object.fromEntries(blank) };
      const { state: next, loss } = await trainStep(tinyModel, optimizer, zeroLoss)(state, batch);
      expect(loss).toBe(0);
      disposeState({ ...rest, params });
      disposeState({ ...state, stats: {}, optimizer: {} });
      disposeState(next);
    });

    it('is accepted where margins are so wide that cross-entropy and its gradient are exactly 0', async () => {
      const logits = tensor2d([[200, 0, 0]]);
      const value = crossEntropy(logits, tensor1d([0], 'int32'));
      expect((await value.data())[0]).toBe(0);
      dispose([logits, value]);
    });
  });

  it('leaves no tensor if it fails though its gradients are kept', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const tensors = memory().numTensors;
    const step = trainStep(tinyModel, optimizer, crossEntropy, { keepGradients: () => true });
    const images = batch.images.with(7, Number.NaN);
    expect(await messageOf(() => step(state, { ...batch, images }))).toContain('the loss of step 1 must be');
    expect(memory().numTensors).toBe(tensors);
    disposeState(state);
  });

  it('leaves no tensor if the optimizer fails', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const tensors = memory().numTensors;
    const failing: Optimizer = {
      ...optimizer,
      update: () => {
        throw new Error('no update');
      },
    };
    await expect(trainStep(tinyModel, failing, crossEntropy)(state, batch)).rejects.toThrow('no update');
    expect(memory().numTensors).toBe(tensors);
    disposeState(state);
  });

  it('names what is wrong with a batch before any tensor is made', async () => {
    const state = initState(tinyModel, optimizer, 1);
    const step = trainStep(tinyModel, optimizer, crossEntropy);
    const tensors = memory().numTensors;
    const wrong: Batch[] = [
      { ...batch, shape: [6, 4, 4, 3] },
      { ...batch, shape: [...batch.shape, 1] as unknown as Batch['shape'] },
      { ...batch, shape: [0, 4, 4, 2] },
      { ...batch, images: batch.images.subarray(1) },
      { ...batch, labels: batch.labels.subarray(1) },
      { ...batch, labels: batch.labels.with(2, 3) },
      { ...batch, labels: batch.labels.with(1, -1) },
    ];
    const messages = await Promise.all(wrong.map((each) => messageOf(() => step(state, each))));
    expect(messages).toMatchInlineSnapshot(`
      [
        "ShapeError: trainStep: batch.shape must be [N, 4, 4, 2] for the model "tiny", got [6,4,4,3].",
        "ShapeError: trainStep: batch.shape must be [N, 4, 4, 2] for the model "tiny", got [6,4,4,2,1].",
        "ShapeError: trainStep: batch.shape must begin with N ≥ 1, got [0,4,4,2].",
        "ShapeError: trainStep: batch.images must hold 192 values, those of shape [6, 4, 4, 2], got 191.",
        "ShapeError: trainStep: batch.labels must hold N = 6 labels, got 5.",
        "DataError: trainStep: batch.labels[2] must be in [0, 3), a class of the model "tiny", got 3.",
        "DataError: trainStep: batch.labels[1] must be in [0, 3), a class of the model "tiny", got -1.",
      ]
    `);
    expect(memory().numTensors).toBe(tensors);
    disposeState(state);
  });
});

/** The tiny model plus √(0·Σw) of each of the parameters in its logits: finite, but with an infinite gradient. */
function steepIn(...paths: readonly string[]): Model {
  return {
    ...tinyModel,
    applyTrain: (params, stats, x, options) =>
      tidy(() => {
        const plain = tinyModel.applyTrain(params, stats, x, options);
        const logits = paths.reduce(
          (sofar, path) => add(sofar, sqrt(mul(sum(params[path]!), 0))),
          plain.logits,
        );
        return { ...plain, logits };
      }),
  };
}

async function valuesOf({ params, stats, optimizer: own }: TrainState): Promise<unknown> {
  const records = { ...params, ...stats, ...own };
  return Promise.all(Object.entries(records).map(async ([path, each]) => [path, await each.data()]));
}
