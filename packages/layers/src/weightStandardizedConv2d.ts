import { weightStandardize } from '@normlab/ops';
import { serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import {
  activation,
  checkedOptions,
  constraint,
  epsilonRule,
  flag,
  initializer,
  layerRules,
  lengths,
  type OptionRules,
  oneOf,
  positiveInteger,
  regularizer,
} from './optionRules.js';
import { readConstrained } from './readConstrained.js';
import { StockConv2d, type StockOptions } from './stockLayers.js';

const where = 'weightStandardizedConv2d';

/** Options of {@link weightStandardizedConv2d}: those of `tf.layers.conv2d`, and ε. */
export type WeightStandardizedConv2dOptions = StockOptions<'conv2d'> & {
  /** ε, added to the variance of the kernel under the root; 1e-5 by default. */
  epsilon?: number;
};

const rules: OptionRules<WeightStandardizedConv2dOptions> = {
  ...layerRules,
  filters: positiveInteger,
  kernelSize: lengths,
  strides: lengths,
  padding: oneOf('same', 'valid'),
  dataFormat: oneOf('channelsLast', 'channelsFirst'),
  dilationRate: lengths,
  activation,
  useBias: flag,
  kernelInitializer: initializer,
  biasInitializer: initializer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  activityRegularizer: regularizer,
  epsilon: epsilonRule,
};

/** The layer that {@link weightStandardizedConv2d} makes. */
export class WeightStandardizedConv2d extends StockConv2d {
  static readonly className = 'NormlabWeightStandardizedConv2d';
  readonly epsilon: number;

  constructor(options: WeightStandardizedConv2dOptions) {
    const { epsilon, ...others } = checkedOptions(where, options, rules, ['filters', 'kernelSize']);
    super(others);
    this.epsilon = epsilon ?? 1e-5;
  }

  override call(inputs: Tensor | Tensor[], kwargs: object): Tensor | Tensor[] {
    const { epsilon } = this;
    return tidy(() => {
      const kernel = weightStandardize(readConstrained(this.kernel), { epsilon });
      if (this.bias != null) readConstrained(this.bias);
      // tf.layers' own convolution, bias and activation, which read `this.kernel`.
      const standardized: this = Object.create(this, { kernel: { value: { read: () => kernel } } });
      return super.call.call(standardized, inputs, kwargs);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
serialization.registerClass(WeightStandardizedConv2d);

/**
 * A 2D convolution of tf.layers whose kernel is standardized before every use: each output channel's weights have mean 0
 * and variance 1. The variable that is trained and saved is the kernel before standardization.
 *
 * Shapes: as `tf.layers.conv2d`.
 *
 * Numerics: as `weightStandardize` of `@normlab/ops`, which does not divide by √fan-in.
 *
 * Source: Qiao et al. 2019, the definition of Ŵ in the section "Weight Standardization".
 *
 * @throws OptionError for an unknown or invalid option, or if filters or kernelSize are left out
 */
export function weightStandardizedConv2d(options: WeightStandardizedConv2dOptions): WeightStandardizedConv2d {
  return new WeightStandardizedConv2d(options);
}
