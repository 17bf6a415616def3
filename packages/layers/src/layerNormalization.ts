import { layerNorm } from '@normlab/ops';
import { serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { checkedAxes, floatInput } from './inputAxes.js';
import {
  affineRules,
  checkedOptions,
  epsilonRule,
  layerRules,
  type OptionRules,
  someAxes,
} from './optionRules.js';
import { StockLayerNormalization, type StockOptions } from './stockLayers.js';

const where = 'layerNormalization';

/** Options of {@link layerNormalization}: those of `tf.layers.layerNormalization`, with its defaults. */
export type LayerNormalizationOptions = StockOptions<'layerNormalization'>;

/** The rules of these options. */
export const layerNormalizationRules: OptionRules<LayerNormalizationOptions> = {
  ...layerRules,
  ...affineRules,
  axis: someAxes,
  epsilon: epsilonRule,
};

/** The layer that {@link layerNormalization} makes. */
export class LayerNormalization extends StockLayerNormalization {
  static readonly className = 'NormlabLayerNormalization';

  constructor(options: LayerNormalizationOptions = {}) {
    super(checkedOptions(where, options, layerNormalizationRules));
  }

  override build(inputShape: Shape | Shape[]): void {
    this.axis = checkedAxes(where, this.axis, inputShape);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { epsilon } = this;
    const axes = [this.axis].flat();
    return tidy(() => layerNorm(floatInput(where, inputs), affineParams(this), { axes, epsilon }));
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
