import { refuseOthers, TrainError } from '@normlab/errors';
import type { Model, Variables } from '@normlab/models';
import {
  argMax,
  cast,
  concat,
  dispose,
  max,
  reshape,
  softmax,
  type Tensor1D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { checkBatch } from './checkBatch.js';
import { checkLoss } from './checkLoss.js';
import { crossEntropy, type Loss } from './crossEntropy.js';
import { nextTurn } from './nextTurn.js';

export type EvaluateOptions = {
  readonly model: Model;
  readonly params: Variables;
  readonly stats: Variables;
  readonly batches: AsyncIterable<Batch>;
  /** {@link crossEntropy} by default. */
  readonly loss?: Loss;
  /** Ends the evaluation before the next batch, with the signal's reason; checked between any two batches. */
  readonly signal?: AbortSignal;
  /** Takes each batch's predictions, in the order of the batches; the next batch waits for it. */
  readonly onBatch?: (outcome: BatchOutcome) => void | Promise<void>;
};

/** What the network says of one batch; each array has one entry per image. */
export type BatchOutcome = {
  readonly labels: ArrayLike<number>;
  /** The class of the greatest logit; the first of equal ones. */
  readonly predictions: readonly number[];
  /** Its probability: the greatest entry of the softmax of the logits. */
  readonly probabilities: readonly number[];
};

export type Evaluation = {
  /** Mean over the images. */
  readonly loss: number;
  /** Share of the images classified correctly. */
  readonly accuracy: number;
  readonly images: number;
  /** [K][K] counts: `confusion[truth][prediction]`. */
  readonly confusion: number[][];
};

/**
 * Classes that were predicted for no image: a network that never predicts a class has learned less than its accuracy
 * suggests, for example if a logit is 0 on every image.
 */
export function neverPredicted({ confusion }: Pick<Evaluation, 'confusion'>): number[] {
  return confusion.flatMap((_, label) => (confusion.every((row) => row[label] === 0) ? [label] : []));
}

/**
 * Loss, accuracy and confusion matrix of a network over all batches, with its running statistics.
 *
 * Numerics: each batch's mean loss in float32 on the backend, their sum weighted by images in float64; so another batch
 * size changes only the last bits of the loss. One readback per batch.
 *
 * Disposes none of its arguments and leaves no tensor.
 *
 * @throws TrainError if there is no batch, or if a loss is not finite, for example because the last step was too large;
 *   ShapeError or DataError for a batch that does not fit the model; ShapeError unless the loss is a scalar of float32
 *
 * @example
 * ```ts
 * const { accuracy } = await evaluate({ model, params, stats, batches: evaluationBatches(test, options) });
 * ```
 */
export async function evaluate({
  model,
  params,
  stats,
  batches,
  loss = crossEntropy,
  signal,
  onBatch,
  ...others
}: EvaluateOptions): Promise<Evaluation> {
  refuseOthers('evaluate', others, ['model', 'params', 'stats', 'batches', 'loss', 'signal', 'onBatch']);
  const { classes } = model.spec;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let lossSum = 0;
  let correct = 0;
  let images = 0;
  for await (const batch of batches) {
    await nextTurn();
    signal?.throwIfAborted();
    checkBatch('evaluate', batch, model.spec);
    const size = batch.labels.length;
    const [batchLoss, ...figures] = await figuresOf(model, params, stats, batch, loss);
    const predictions = figures.slice(0, size);
    if (!Number.isFinite(batchLoss)) throw divergedError(images, batch, batchLoss);
    batch.labels.forEach((label, index) => {
      const prediction = predictions[index]!;
      confusion[label]![prediction]!++;
      if (prediction === label) correct++;
    });
    lossSum += batchLoss! * size;
    images += size;
    await onBatch?.({ labels: batch.labels, predictions, probabilities: figures.slice(size) });
  }
  if (images === 0) {
    throw new TrainError({ where: 'evaluate', what: 'batches', rule: 'yield at least one batch' });
  }
  return { loss: lossSum / images, accuracy: correct / images, images, confusion };
}

/** If logits are NaN the predictions are meaningless: no accuracy is better than a wrong one. */
function divergedError(before: number, { labels }: Batch, loss: number | undefined): TrainError {
  return new TrainError({
    where: 'evaluate',
    what: `the loss of images ${before + 1} to ${before + labels.length}`,
    rule: 'be finite',
    got: loss,
    hint: 'training has diverged: a lower learning rate or a warm-up may help',
  });
}

/** The batch's mean loss, the class predicted for each image, then the probability of each: one tensor, one readback. */
async function figuresOf(
  model: Model,
  params: Variables,
  stats: Variables,
  batch: Batch,
  loss: Loss,
): Promise<Float32Array | Int32Array | Uint8Array> {
  const figures: Tensor1D = tidy(() => {
    const logits = model.applyInfer(params, stats, tensor4d(batch.images, [...batch.shape]));
    const value = loss(logits, tensor1d(batch.labels, 'int32'));
    checkLoss('evaluate', 'the loss', value);
    const predictions = cast(argMax<Tensor1D>(logits, 1), 'float32');
    return concat([reshape(value, [1]), predictions, max<Tensor1D>(softmax(logits), 1)]) as Tensor1D;
  });
  try {
    return await figures.data();
  } finally {
    dispose(figures);
  }
}
