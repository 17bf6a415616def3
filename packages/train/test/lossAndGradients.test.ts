import type { Model, Variables } from '@normlab/models';
import { randomStream } from '@normlab/random';
import { inSoftware, messageOf, onBackends, unitRoundoff as u } from '@normlab/testing';
import { crossEntropy, type Loss, lossAndGradients } from '@normlab/train';
import {
  add,
  cast,
  dispose,
  mean,
  memory,
  slice,
  square,
  type Tensor,
  type Tensor2D,
  tensor,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { firstOf } from './support/firstOf.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

onBackends('lossAndGradients', inSoftware, () => {
  it.each([1, 2, 3])('⟨∇L, d⟩ = (L(w + h·d) − L(w − h·d))/2h + O(h²) (direction %i)', async (seed) => {
    const { params, stats } = tinyModel.init(5);
    const batch = await firstOf(toyBatches()(0, 0));
    const stream = randomStream(seed);
    const direction = Object.fromEntries(
      Object.entries(params).map(([path, { size }]): [string, Float32Array] => [
        path,
        Float32Array.from({ length: size }, () => stream.normal() / 8),
      ]),
    );
    const lossAt = async (h: number): Promise<number> => {
      const moved: Variables = Object.fromEntries(
        Object.entries(params).map(([path, param]): [string, Tensor] => {
          const move = direction[path]!.map((value) => h * value);
          return [path, add(param, tensor(move, param.shape))];
        }),
      );
      const pass = lossAndGradients(tinyModel, crossEntropy, { params: moved, stats }, batch, { seed: 9 });
      const value = (await pass.loss.data())[0]!;
      dispose([moved, pass]);
      return value;
    };
    const slopeAt = async (h: number): Promise<number> => ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);

    const pass = lossAndGradients(tinyModel, crossEntropy, { params, stats }, batch, { seed: 9 });
    let product = 0;
    for (const [path, gradient] of Object.entries(pass.gradients)) {
      (await gradient.data()).forEach((value: number, index: number) => {
        product += value * direction[path]![index]!;
      });
    }
    const h = 2 ** -5;
    const [near, far] = [await slopeAt(h), await slopeAt(2 * h)];
    // D(h) = slope + c·h² + O(h⁴) for a smooth network, so D(2h) − D(h) = 3·c·h² is three times the error of D(h); the
    // bound allows all of it. Each of the two losses, of size ≤ 2, has an error of about 64 roundings, and their
    // difference is divided by 2h.
    const bound = Math.abs(far - near) + (2 * 64 * u * 2) / (2 * h);
    expect(bound).toBeLessThan(Math.abs(product) / 4);
    expect(Math.abs(near - product)).toBeLessThanOrEqual(bound);
    dispose([params, stats, pass]);
  });

  it('updates the statistics with the batch, in the same pass', async () => {
    const { params, stats } = tinyModel.init(5);
    const batch = await firstOf(toyBatches()(0, 0));
    const pass = lossAndGradients(tinyModel, crossEntropy, { params, stats }, batch, { seed: 9 });
    const alone = tinyModel.applyTrain(params, stats, tensor(batch.images, [...batch.shape]), { seed: 9 });
    for (const [path, wanted] of Object.entries(alone.stats)) {
      expect(await pass.stats[path]!.data()).toEqual(await wanted.data());
    }
    dispose([params, stats, pass, alone]);
  });

  it.each([
    ['dtype', (logits: Tensor) => cast(logits, 'int32'), 'logits must have dtype float32, got "int32"'],
    ['shape', (logits: Tensor) => slice(logits, [0, 0], [2, 3]), 'labels must have shape [N] beside logits'],
  ])('refuses logits of another %s, whose correct images it would count wrongly', async (_, change, rule) => {
    const { params, stats } = tinyModel.init(5);
    const batch = await firstOf(toyBatches()(0, 0));
    const applyTrain: Model['applyTrain'] = (...given) => {
      const pass = tinyModel.applyTrain(...given);
      return { ...pass, logits: change(pass.logits) as Tensor2D };
    };
    const loss: Loss = (logits) => mean(square(cast(logits, 'float32')));
    const tensors = memory().numTensors;
    const call = () =>
      lossAndGradients({ ...tinyModel, applyTrain }, loss, { params, stats }, batch, { seed: 9 });
    expect(await messageOf(call)).toContain(`ShapeError: lossAndGradients: ${rule}`);
    expect(memory().numTensors).toBe(tensors);
    dispose([params, stats]);
  });

  it('refuses a loss per image, whose sum it would differentiate', async () => {
    const { params, stats } = tinyModel.init(5);
    const batch = await firstOf(toyBatches()(0, 0));
    const perImage = ((logits) => mean(square(logits), 1)) as Loss;
    const tensors = memory().numTensors;
    const call = () => lossAndGradients(tinyModel, perImage, { params, stats }, batch, { seed: 9 });
    expect(await messageOf(call)).toBe(
      `ShapeError: lossAndGradients: the loss must be a scalar, got [${batch.shape[0]}] (such as the mean over the images).`,
    );
    expect(memory().numTensors).toBe(tensors);
    dispose([params, stats]);
  });
});
