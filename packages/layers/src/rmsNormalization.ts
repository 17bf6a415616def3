import { rmsNorm } from '@normlab/ops';
import { serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { checkedAxes, floatInput } from './inputAxes.js';
import { type LayerNormalizationOptions, layerNormalizationRules } from './layerNormalization.js';
import { checkedOptions } from './optionRules.js';
import { StockLayerNormalization } from './stockLayers.js';

const where = 'rmsNormalization';

/**
 * Options of {@link rmsNormalization}: those of layer norm; `center` is false by default, as the source has no offset,
 * and ε 1e-6, as in Keras.
 */
export type RmsNormalizationOptions = LayerNormalizationOptions;

/** The layer that {@link rmsNormalization} makes. */
export class RmsNormalization extends StockLayerNormalization {
  static readonly className = 'NormlabRmsNormalization';

  constructor(options: RmsNormalizationOptions = {}) {
    const checked = checkedOptions(where, options, layerNormalizationRules);
    super({ ...checked, center: checked.center ?? false, epsilon: checked.epsilon ?? 1e-6 });
  }

  override build(inputShape: Shape | Shape[]): void {
    this.axis = checkedAxes(where, this.axis, inputShape);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { epsilon } = this;
    const axes = [this.axis].flat();
    return tidy(() => rmsNorm(floatInput(where, inputs), affineParams(this), { axes, epsilon }));
  }
}
serialization.registerClass(RmsNormalization);

/**
 * RMS norm as a layer of tf.layers: layer norm without its mean.
 *
 * `y = γ · x / √(mean x² + ε)`, the mean of each sample over `axis`, by default the last; `+ β` with `center`.
 *
 * Shapes: x [N, …]; γ and β have the lengths of `axis`, in ascending order of the axes.
 *
 * Numerics: as `rmsNorm` of `@normlab/ops`.
 *
 * Source: Zhang & Sennrich 2019, equation 4.
 *
 * @throws OptionError for an unknown or invalid option, or axes that the input does not have
 */
export function rmsNormalization(options?: RmsNormalizationOptions): RmsNormalization {
  return new RmsNormalization(options);
}
