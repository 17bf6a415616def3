import { ShapeError } from '@normlab/errors';
import { instanceNorm } from '@normlab/ops';
import { serialization, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { checkedOptions } from './optionRules.js';
import { OverChannels, type OverChannelsOptions, overChannelsRules } from './overChannels.js';

const where = 'instanceNormalization';

/** Options of {@link instanceNormalization}: those of layer norm; `axis` is the axis of the channels. */
export type InstanceNormalizationOptions = OverChannelsOptions;

/** The layer that {@link instanceNormalization} makes. */
export class InstanceNormalization extends OverChannels {
  static readonly className = 'NormlabInstanceNormalization';
  protected readonly where = where;

  constructor(options: InstanceNormalizationOptions = {}) {
    super(checkedOptions(where, options, overChannelsRules));
  }

  protected checkShape(shape: Shape): void {
    if (shape.length >= 3) return;
    throw new ShapeError({ where, what: 'the input', rule: 'have rank ≥ 3', got: shape });
  }

  protected normalize(x: Tensor): Tensor {
    return instanceNorm(x, affineParams<Tensor1D>(this), { epsilon: this.epsilon });
  }
}
serialization.registerClass(InstanceNormalization);

/**
 * Instance norm as a layer of tf.layers: each channel of each sample standardized over its positions.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² over all axes but the batch's and the channels'.
 *
 * Shapes: x of any rank ≥ 3, channels along `axis`; γ and β [C].
 *
 * Numerics: as `instanceNorm` of `@normlab/ops`. ε is 1e-3 by default, as in the other layers.
 *
 * Source: Ulyanov, Vedaldi & Lempitsky 2016, equation 3.
 *
 * @throws OptionError for an unknown or invalid option, or an axis that the input does not have; ShapeError, when the
 *   layer is built, if the rank is below 3
 */
export function instanceNormalization(options?: InstanceNormalizationOptions): InstanceNormalization {
  return new InstanceNormalization(options);
}
