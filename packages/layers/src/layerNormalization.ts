import { layerNorm } from '@normlab/ops';
import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import { affineParams } from './affineParams.js';
import { checkedOptions } from './optionRules.js';
import { OverAxes, type OverAxesOptions, overAxesRules } from './overAxes.js';

const where = 'layerNormalization';

/** Options of {@link layerNormalization}: those of `tf.layers.layerNormalization`, with its defaults. */
export type LayerNormalizationOptions = OverAxesOptions;

/** The layer that {@link layerNormalization} makes. */
export class LayerNormalization extends OverAxes {
  static readonly className = 'NormlabLayerNormalization';
  protected readonly where = where;

  constructor(options: LayerNormalizationOptions = {}) {
    super(checkedOptions(where, options, overAxesRules));
  }

  protected normalize(x: Tensor, axes: readonly number[]): Tensor {
    return layerNorm(x, affineParams(this), { axes, epsilon: this.epsilon });
  }
}
serialization.registerClass(LayerNormalization);

/**
 * Layer norm as a layer of tf.layers, with or without `scale` and `center`.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² of each sample over `axis`, by default the last. Where this differs from
 * `tf.layers.layerNormalization`: the variance stays accurate at a large mean, gradients are in closed form, and fused
 * kernels are used where the backend has them.
 *
 * Shapes: x [N, …]; γ and β have the lengths of `axis`, in ascending order of the axes.
 *
 * Numerics: as `layerNorm` of `@normlab/ops`. ε is 1e-3 by default, as in tf.layers and Keras.
 *
 * Source: Ba, Kiros & Hinton 2016, equations 3 and 4.
 *
 * @throws OptionError for an unknown or invalid option, or axes that the input does not have
 */
export function layerNormalization(options?: LayerNormalizationOptions): LayerNormalization {
  return new LayerNormalization(options);
}
