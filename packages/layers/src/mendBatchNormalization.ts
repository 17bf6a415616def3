import type { Tensor } from '@tensorflow/tfjs-core';
import { normalizeBatch } from './batchNormalization.js';
import { StockBatchNormalization } from './stockLayers.js';

const original = StockBatchNormalization.prototype.call;

/** Those that are not taken back. */
const mends = new Set<object>();

function mended(
  this: StockBatchNormalization,
  inputs: Tensor | Tensor[],
  kwargs: { training?: boolean },
): Tensor | Tensor[] {
  const isWhole = this.gamma != null && this.beta != null;
  if (isWhole) return original.call(this, inputs, kwargs);
  return normalizeBatch('tf.layers.batchNormalization', this, inputs, kwargs);
}

/**
 * Makes `tf.layers.batchNormalization` with `scale: false` or `center: false` trainable, in models that exist already and
 * in those that are loaded later.
 *
 * In training, tfjs-layers reads γ and β without asking whether the layer has them ("Cannot read properties of
 * undefined"), and the gradient of `tf.batchNorm`, which inference uses, throws without them. Such layers compute with
 * {@link normalizeBatch} afterwards; layers with both γ and β compute as before. Saved models stay those of tf.layers.
 *
 * @returns a function that takes this mend back: where several callers mend, the layers stay mended until all have taken
 *   theirs back
 *
 * @example
 * ```ts
 * mendBatchNormalization();
 * const model = sequential();
 * model.add(layers.dense({ units: 4, useBias: false, inputShape: [2] }));
 * model.add(layers.batchNormalization({ scale: false, center: false }));
 * ```
 */
export function mendBatchNormalization(): () => void {
  const mend = {};
  mends.add(mend);
  StockBatchNormalization.prototype.call = mended;
  return () => {
    if (mends.delete(mend) && mends.size === 0) StockBatchNormalization.prototype.call = original;
  };
}
