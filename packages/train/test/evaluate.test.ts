import type { Model } from '@normlab/models';
import { inSoftware, messageOf, onBackends, unitRoundoff } from '@normlab/testing';
import { type Batch, type BatchOutcome, evaluate, type Loss, neverPredicted } from '@normlab/train';
import { mean, memory, reshape, slice, square, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

/** A "network" whose logits are the first three values of the image, so that a test can choose them. */
const readsLogits: Model = {
  ...tinyModel,
  applyInfer: (_params, _stats, x) =>
    tidy(() => {
      const values: Tensor2D = reshape(x, [x.shape[0], 32]);
      return slice(values, [0, 0], [x.shape[0], 3]);
    }),
};

function batchOf(logits: readonly (readonly number[])[], labels: readonly number[]): Batch {
  const images = new Float32Array(logits.length * 32);
  logits.forEach((row, image) => {
    images.set(row, image * 32);
  });
  return { images, labels: Int32Array.from(labels), shape: [logits.length, 4, 4, 2] };
}

async function* yielding(...batches: readonly Batch[]): AsyncGenerator<Batch> {
  yield* batches;
}

it('neverPredicted names the classes without a prediction, however many images are of them', () => {
  const confusion = [
    [3, 0, 1],
    [2, 0, 0],
    [1, 0, 4],
  ];
  expect(neverPredicted({ confusion })).toEqual([1]);
  expect(
    neverPredicted({
      confusion: [
        [1, 0],
        [0, 1],
      ],
    }),
  ).toEqual([]);
});

onBackends('evaluate', inSoftware, () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a loss that is not finite: logits with %f',
    async (bad) => {
      const good = batchOf([[9, 0, 0]], [0]);
      const before = memory().numTensors;
      const batches = yielding(
        good,
        good,
        batchOf(
          [
            [0, bad, 0],
            [1, 0, 0],
          ],
          [0, 1],
        ),
      );
      const message = await messageOf(() => evaluate({ model: readsLogits, params: {}, stats: {}, batches }));
      expect(message).toMatch(
        /^TrainError: evaluate: the loss of images 3 to 4 must be finite, got (NaN|Infinity) \(training has diverged: a lower learning rate or a warm-up may help\)\.$/,
      );
      expect(memory().numTensors).toBe(before);
    },
  );

  it('refuses a loss per image, also of a batch of one image', async () => {
    const batches = yielding(batchOf([[9, 0, 0]], [0]));
    const perImage = ((logits) => mean(square(logits), 1)) as Loss;
    const before = memory().numTensors;
    const call = () => evaluate({ model: readsLogits, params: {}, stats: {}, batches, loss: perImage });
    expect(await messageOf(call)).toBe(
      'ShapeError: evaluate: the loss must be a scalar, got [1] (such as the mean over the images).',
    );
    expect(memory().numTensors).toBe(before);
  });

  it('counts every image once: loss, accuracy and confusion over batches of different sizes', async () => {
    const even = [0, 0, 0];
    const first = batchOf([[9, 0, 0], even, [0, 9, 0]], [0, 0, 2]);
    const second = batchOf([[0, 0, 9]], [2]);
    const before = memory().numTensors;
    const result = await evaluate({
      model: readsLogits,
      params: {},
      stats: {},
      batches: yielding(first, second),
    });
    expect(memory().numTensors).toBe(before);
    // −log softmax of the right class at 9, of three equal logits, of a wrong class, of the right class.
    const sure = Math.log(1 + 2 * Math.exp(-9));
    const loss = (sure + Math.log(3) + (9 + sure) + sure) / 4;
    // Some 10 roundings of numbers of size ≤ 9 in each batch.
    expect(Math.abs(result.loss - loss)).toBeLessThanOrEqual(10 * 9 * unitRoundoff);
    expect(result).toMatchObject({ accuracy: 3 / 4, images: 4 });
    expect(result.confusion).toEqual([
      [2, 0, 0],
      [0, 0, 0],
      [0, 1, 1],
    ]);
  });

  it('tells of each batch in order: labels, predictions, and the probability of each', async () => {
    const outcomes: BatchOutcome[] = [];
    const before = memory().numTensors;
    await evaluate({
      model: readsLogits,
      params: {},
      stats: {},
      batches: yielding(
        batchOf(
          [
            [2, 0, 0],
            [0, 0, 0],
          ],
          [1, 0],
        ),
        batchOf([[0, 0, 3]], [2]),
      ),
      onBatch: (outcome) => {
        outcomes.push(outcome);
      },
    });
    expect(memory().numTensors).toBe(before);
    expect(outcomes.map(({ labels, predictions }) => [[...Array.from(labels)], predictions])).toEqual([
      [
        [1, 0],
        [0, 0],
      ],
      [[2], [2]],
    ]);
    const wanted = [Math.exp(2) / (Math.exp(2) + 2), 1 / 3, Math.exp(3) / (Math.exp(3) + 2)];
    const got = outcomes.flatMap(({ probabilities }) => probabilities);
    // Two exponentials of some 2 ulp each on any backend, a sum of three and a quotient, of numbers below 1.
    for (const [index, value] of wanted.entries()) {
      expect(Math.abs(got[index]! - value)).toBeLessThanOrEqual(8 * 2 ** -23);
    }
    expect(got).toHaveLength(3);
  });

  it('does not depend on how images are grouped, except for the last bits of the loss', async () => {
    const { params, stats } = tinyModel.init(1);
    const evaluateBy = (size: number) =>
      evaluate({ model: tinyModel, params, stats, batches: toyBatches({ size })(0, 0) });
    const [six, eight] = [await evaluateBy(6), await evaluateBy(8)];
    expect(eight.confusion).toEqual(six.confusion);
    // Two sums of losses of size ≤ 4 with at most 24 + 8 roundings each.
    expect(Math.abs(eight.loss - six.loss)).toBeLessThanOrEqual(2 * 32 * 4 * unitRoundoff);
  });

  it('names labels out of range and missing batches', async () => {
    const given = { model: readsLogits, params: {}, stats: {} };
    const labelled = (label: number) => batchOf([[1, 2, 3]], [label]);
    expect([
      await messageOf(() => evaluate({ ...given, batches: yielding(labelled(3)) })),
      await messageOf(() => evaluate({ ...given, batches: yielding(labelled(-1)) })),
      await messageOf(() => evaluate({ ...given, batches: yielding() })),
    ]).toMatchInlineSnapshot(`
      [
        "DataError: evaluate: batch.labels[0] must be in [0, 3), a class of the model "tiny", got 3.",
        "DataError: evaluate: batch.labels[0] must be in [0, 3), a class of the model "tiny", got -1.",
        "TrainError: evaluate: batches must yield at least one batch.",
      ]
    `);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    controller.abort('enough');
    const given = { model: readsLogits, params: {}, stats: {}, signal: controller.signal };
    await expect(evaluate({ ...given, batches: yielding(batchOf([[1, 2, 3]], [0])) })).rejects.toBe('enough');
  });
});
