import { OptionError } from '@normlab/errors';
import { groupNorm } from '@normlab/ops';
import { serialization, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { checkedOptions, positiveInteger } from './optionRules.js';
import { OverChannels, type OverChannelsOptions, overChannelsRules } from './overChannels.js';

const where = 'groupNormalization';

/** Options of {@link groupNormalization}: those of layer norm, and the groups. */
export type GroupNormalizationOptions = OverChannelsOptions & {
  /** G, the number of groups; it divides C. 32 by default, as in Keras. */
  groups?: number;
};

/** The layer that {@link groupNormalization} makes; its class name and its configuration are Keras's. */
export class GroupNormalization extends OverChannels {
  static readonly className = 'GroupNormalization';
  protected readonly where = where;
  readonly groups: number;

  constructor(options: GroupNormalizationOptions = {}) {
    const rules = { ...overChannelsRules, groups: positiveInteger };
    const { groups, ...others } = checkedOptions(where, options, rules);
    super(others);
    this.groups = groups ?? 32;
  }

  protected checkShape(shape: Shape, axis: number): void {
    const channels = shape[axis]!;
    if (channels % this.groups === 0) return;
    const rule = `divide C = ${channels} (axis ${axis} of the input)`;
    throw new OptionError({ where, what: 'groups', rule, got: this.groups });
  }

  protected normalize(x: Tensor): Tensor {
    const { epsilon, groups } = this;
    return groupNorm(x, affineParams<Tensor1D>(this), { groups, epsilon });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups };
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
