import type { Batch } from '@normlab/datasets';
import { buildModel, type LayerSpec, type ModelSpec, type Variables } from '@normlab/models';
import { add, dispose, div, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';

/**
 * Running statistics anew, as the mean over batches of each batch's own.
 *
 * A running average remembers parameters that are gone; this one is of the parameters as they are. The
 * caller owns the result.
 */
export async function reEstimateStats(
  spec: ModelSpec,
  params: Variables,
  stats: Variables,
  batches: AsyncIterable<Batch>,
): Promise<Variables> {
  const model = buildModel({ ...spec, layers: spec.layers.map(forgetful) });
  let sums: Variables = {};
  let count = 0;
  for await (const { images, shape } of batches) {
    const before = sums;
    sums = tidy(() => {
      const own = model.applyTrain(params, stats, tensor4d(images, [...shape]), { seed: 0 }).stats;
      return mapEach(own, (value, path) => (before[path] === undefined ? value : add(before[path], value)));
    });
    dispose(before);
    count++;
  }
  const means = tidy(() => mapEach(sums, (sum) => div(sum, count)));
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
