import { OptionError } from '@normlab/errors';
import { groupNorm } from '@normlab/ops';
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
  positiveInteger,
} from './optionRules.js';
import { StockLayerNormalization, type StockOptions } from './stockLayers.js';

const where = 'groupNormalization';

/** Options of {@link groupNormalization}: those of layer norm, and the groups. */
export type GroupNormalizationOptions = Omit<StockOptions<'layerNormalization'>, 'axis'> & {
  /** G, the number of groups; it divides C. 32 by default, as in Keras. */
  groups?: number;
  /** The axis of the channels; −1, the last one, by default. */
  axis?: number;
};

const rules: OptionRules<GroupNormalizationOptions> = {
  ...layerRules,
  ...affineRules,
  groups: positiveInteger,
  axis: oneAxis,
  epsilon: epsilonRule,
};

/** The layer that {@link groupNormalization} makes; its class name and its configuration are Keras's. */
export class GroupNormalization extends StockLayerNormalization {
  static readonly className = 'GroupNormalization';
  readonly groups: number;

  constructor(options: GroupNormalizationOptions = {}) {
    const { groups, ...others } = checkedOptions(where, options, rules);
    super(others);
    this.groups = groups ?? 32;
  }

  override build(inputShape: Shape | Shape[]): void {
    const { axis, shape } = channelAxis(where, this.axis, inputShape);
    const channels = shape[axis]!;
    if (channels % this.groups !== 0) {
      const rule = `divide C = ${channels} (axis ${axis} of the input)`;
      throw new OptionError({ where, what: 'groups', rule, got: this.groups });
    }
    this.axis = [axis];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { epsilon, groups } = this;
    const [axis] = [this.axis].flat();
    return tidy(() =>
      onChannelsLast(floatInput(where, inputs), axis!, (x) =>
        groupNorm(x, affineParams<Tensor1D>(this), { groups, epsilon }),
      ),
    );
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: [this.axis].flat()[0]!, groups: this.groups };
  }
}
serialization.registerClass(GroupNormalization);

/**
 * Group norm as a layer of tf.layers, which has none: each group of C / G neighbouring channels of each sample
 * standardized over its positions.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² over the group's channels and all axes but the batch's and the channels'.
 *
 * Shapes: x of any rank ≥ 2, channels along `axis`; γ and β [C].
 *
 * Numerics: as `groupNorm` of `@normlab/ops`. ε is 1e-3 by default, as in Keras; PyTorch's is 1e-5.
 *
 * Source: Wu & He 2018, equations 1, 6 and 7.
 *
 * @throws OptionError for an unknown or invalid option, an axis that the input does not have, or groups that do not
 *   divide C
 */
export function groupNormalization(options?: GroupNormalizationOptions): GroupNormalization {
  return new GroupNormalization(options);
}
