import type { Batch } from '@normlab/datasets';
import { buildModel, type LayerSpec, type ModelSpec, type Variables } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import { add, dispose, mul, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';

/**
 * Running statistics anew: of each batch its own mean and variance, averaged over the batches.
 *
 * With n_b of N images in batch b: mean = Σ n_b·μ_b/N and variance = Σ n_b·σ²_b/N, σ²_b the biased variance over the
 * batch's images and pixels. That is what training's running average estimates, but of the parameters as they are
 * now: a running average remembers those that are gone. The passes are those of training, dropout too, with masks of
 * their own for every batch.
 *
 * The caller owns the result.
 */
export async function reEstimateStats(
  spec: ModelSpec,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  batches: AsyncIterable<Batch>,
  { seed }: { readonly seed: number },
): Promise<Variables> {
  const model = buildModel({ ...spec, layers: spec.layers.map(forgetful) });
  let sums: Variables = {};
  let images = 0;
  let count = 0;
  for await (const batch of batches) {
    const before = sums;
    const [size] = batch.shape;
    const pass = { seed: deriveSeed(seed, 're-estimate', count) };
    sums = tidy(() => {
      const own = model.applyTrain(params, stats, tensor4d(batch.images, [...batch.shape]), pass).stats;
      return mapEach(own, (value, path) => {
        const weighted = mul(value, size);
        return before[path] === undefined ? weighted : add(before[path], weighted);
      });
    });
    dispose(before);
    images += size;
    count++;
  }
  const means = tidy(() => mapEach(sums, (sum) => mul(sum, 1 / images)));
  dispose(sums);
  return means;
}

/** A layer whose running statistics are those of the last batch alone. */
function forgetful(layer: LayerSpec): LayerSpec {
  if (layer.type === 'norm') return { ...layer, decay: 0 };
  if (layer.type === 'residual') return { ...layer, layers: layer.layers.map(forgetful) };
  return layer;
}

function mapEach(
  variables: Variables,
  change: (value: Tensor, path: string) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(variables).map(([path, value]) => [path, change(value, path)]));
}
