import { ShapeError } from '@normlab/errors';
import { instanceNorm } from '@normlab/ops';
import { serialization, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { channelAxis, floatInput, onChannelsLast } from './inputAxes.js';
import {
  affineRules,
  checkedOptions,
  epsilonRule,
  layerRules,
  type OptionRules,
  oneAxis,
} from './optionRules.js';
import { StockLayerNormalization, type StockOptions } from './stockLayers.js';

const where = 'instanceNormalization';

/** Options of {@link instanceNormalization}: those of layer norm; `axis` is the axis of the channels. */
export type InstanceNormalizationOptions = Omit<StockOptions<'layerNormalization'>, 'axis'> & {
  /** The axis of the channels; −1, the last one, by default. */
  axis?: number;
};

const rules: OptionRules<InstanceNormalizationOptions> = {
  ...layerRules,
  ...affineRules,
  axis: oneAxis,
  epsilon: epsilonRule,
};

/** The layer that {@link instanceNormalization} makes. */
export class InstanceNormalization extends StockLayerNormalization {
  static readonly className = 'NormlabInstanceNormalization';

  constructor(options: InstanceNormalizationOptions = {}) {
    super(checkedOptions(where, options, rules));
  }

  override build(inputShape: Shape | Shape[]): void {
    const { axis, shape } = channelAxis(where, this.axis, inputShape);
    if (shape.length < 3) {
      throw new ShapeError({ where, what: 'the input', rule: 'have rank ≥ 3', got: shape });
    }
    this.axis = [axis];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { epsilon } = this;
    const [axis] = [this.axis].flat();
    return tidy(() =>
      onChannelsLast(floatInput(where, inputs), axis!, (x) =>
        instanceNorm(x, affineParams<Tensor1D>(this), { epsilon }),
      ),
    );
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: [this.axis].flat()[0]! };
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
