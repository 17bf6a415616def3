import { serialization } from '@tensorflow/tfjs-core';
import { BatchNormalization, type BatchNormalizationOptions } from './batchNormalization.js';
import {
  checkedOptions,
  epsilonRule,
  initializer,
  layerRules,
  momentumRule,
  type OptionRules,
  oneAxis,
} from './optionRules.js';

const where = 'constantBatchNormalization';

/** Options of {@link constantBatchNormalization}: those of {@link BatchNormalizationOptions} without γ and β. */
export type ConstantBatchNormalizationOptions = Omit<
  BatchNormalizationOptions,
  'scale' | 'center' | `${'gamma' | 'beta'}${'Initializer' | 'Regularizer' | 'Constraint'}`
>;

const rules: OptionRules<ConstantBatchNormalizationOptions> = {
  ...layerRules,
  axis: oneAxis,
  momentum: momentumRule,
  epsilon: epsilonRule,
  movingMeanInitializer: initializer,
  movingVarianceInitializer: initializer,
};

/** The layer that {@link constantBatchNormalization} makes. */
export class ConstantBatchNormalization extends BatchNormalization {
  static override readonly className = 'NormlabConstantBatchNormalization';
  protected override readonly where = where;

  constructor(options: ConstantBatchNormalizationOptions = {}) {
    const checked = checkedOptions(where, options, rules);
    super({ ...checked, scale: false, center: false });
  }

  override getConfig(): serialization.ConfigDict {
    return Object.fromEntries(Object.entries(super.getConfig()).filter(([name]) => name in rules));
  }
}
serialization.registerClass(ConstantBatchNormalization);

/**
 * Constant batch norm BN₁,₀ as a layer of tf.layers: batch norm with γ fixed at 1 and β at 0.
 *
 * The layer has no trainable weights. For models with a softmax or another layer that sees the scale of what it gets, the
 * paper puts a batch norm that learns γ and β before that layer.
 *
 * Shapes, numerics, moving statistics: as {@link batchNormalization}.
 *
 * Source: "Batch Normalization: Is Learning An Adaptive Gain and Bias Necessary?", ICMLC 2018, section 2.
 *
 * @throws OptionError for an unknown or invalid option; ShapeError, when the layer is built, if C is not known
 */
export function constantBatchNormalization(
  options?: ConstantBatchNormalizationOptions,
): ConstantBatchNormalization {
  return new ConstantBatchNormalization(options);
}
