import { rmsNorm } from '@normlab/ops';
import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import { affineParams } from './affineParams.js';
import { checkedOptions } from './optionRules.js';
import { OverAxes, type OverAxesOptions, overAxesRules } from './overAxes.js';

const where = 'rmsNormalization';

/**
 * Options of {@link rmsNormalization}: those of layer norm; `center` is false by default, as the source has no offset,
 * and ε 1e-6, as in Keras.
 */
export type RmsNormalizationOptions = OverAxesOptions;

/** The layer that {@link rmsNormalization} makes. */
export class RmsNormalization extends OverAxes {
  static readonly className = 'NormlabRmsNormalization';
  protected readonly where = where;

  constructor(options: RmsNormalizationOptions = {}) {
    const checked = checkedOptions(where, options, overAxesRules);
    super({ ...checked, center: checked.center ?? false, epsilon: checked.epsilon ?? 1e-6 });
  }

  protected normalize(x: Tensor, axes: readonly number[]): Tensor {
    return rmsNorm(x, affineParams(this), { axes, epsilon: this.epsilon });
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
