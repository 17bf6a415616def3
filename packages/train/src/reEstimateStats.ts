import { refuseOthers, TrainError } from '@normlab/errors';
import { buildModel, type LayerSpec, type Model, mapLayers, type Variables } from '@normlab/models';
import { checkSeed, deriveSeed } from '@normlab/random';
import { add, dispose, mul, Tensor, tensor4d, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { checkBatch } from './checkBatch.js';
import { nextTurn } from './nextTurn.js';

export type ReEstimateStatsOptions = {
  readonly model: Model;
  readonly params: Variables;
  readonly stats: Variables;
  /** Training images, prepared as for training. */
  readonly batches: AsyncIterable<Batch>;
  /** Dropout derives from it: `deriveSeed(seed, 're-estimate', index of the batch)`. */
  readonly seed: number;
};

/**
 * Estimates the running statistics again: each batch's own mean and variance, averaged over the batches.
 *
 * mean = Σ n_b·μ_b/N,  variance = Σ n_b·σ²_b/N
 *
 * where batch b has n_b of the N images, and σ²_b is the biased variance over the batch's images and pixels. The
 * running average of training estimates the same, but includes statistics of earlier parameters; this function uses
 * only the current parameters. The forward passes are those of training, including dropout, with different masks in
 * every batch.
 *
 * Shapes and order are those of `stats`; their values are not used. The caller owns the result; the arguments are not
 * disposed.
 *
 * @throws TrainError if there is no batch; ShapeError or DataError for a batch that does not fit the model
 *
 * @example
 * ```ts
 * const augment = pipeline.train;
 * const stats = await reEstimateStats({
 *   model,
 *   ...state,
 *   batches: batches(subset(train, 1000), { size: 128, seed, epoch: 0, augment }),
 *   seed,
 * });
 * ```
 */
export async function reEstimateStats({
  model,
  params,
  stats,
  batches,
  seed,
  ...others
}: ReEstimateStatsOptions): Promise<Variables> {
  refuseOthers('reEstimateStats', others, ['model', 'params', 'stats', 'batches', 'seed']);
  checkSeed('reEstimateStats', seed);
  const ofOneBatch = buildModel({ ...model.spec, layers: mapLayers(model.spec.layers, forgetful) });
  let sums: Variables = {};
  let images = 0;
  let count = 0;
  try {
    for await (const batch of batches) {
      await nextTurn();
      checkBatch('reEstimateStats', batch, model.spec);
      const before = sums;
      const [size] = batch.shape;
      const pass = { seed: deriveSeed(seed, 're-estimate', count) };
      sums = tidy(() => {
        const x = tensor4d(batch.images, [...batch.shape]);
        const own = ofOneBatch.applyTrain(params, zerosInPlaceOf(stats), x, pass).stats;
        return mapEach(own, (value, path) => {
          const weighted = mul(value, size);
          return before[path] === undefined ? weighted : add(before[path], weighted);
        });
      });
      dispose(before);
      images += size;
      count++;
    }
    if (images === 0) {
      throw new TrainError({ where: 'reEstimateStats', what: 'batches', rule: 'yield at least one batch' });
    }
    return tidy(() => mapEach(sums, (sum) => mul(sum, 1 / images)));
  } finally {
    dispose(sums);
  }
}

/** A layer whose running statistics are those of the last batch only. */
function forgetful(layer: LayerSpec): LayerSpec[] {
  const keepsStats = layer.type === 'norm' && (layer.kind === undefined || layer.kind === 'batch');
  return [keepsStats ? { ...layer, decay: 0 } : layer];
}

/**
 * A decay of 0 multiplies the old statistics by 0, and 0 times an infinite one is NaN. What is no tensor stays, for the
 * model to name.
 */
function zerosInPlaceOf(stats: Variables): Variables {
  return mapEach(stats ?? {}, (old) => (old instanceof Tensor ? zeros(old.shape, old.dtype) : old));
}

function mapEach(
  variables: Variables,
  change: (value: Tensor, path: string) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(variables).map(([path, value]) => [path, change(value, path)]));
}
