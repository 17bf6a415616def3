import { batchNormInfer, batchNormTrain } from '@normlab/ops';
import { serialization, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { affineParams } from './affineParams.js';
import { checkedAxes, floatInput, onChannelsLast } from './inputAxes.js';
import {
  affineRules,
  checkedOptions,
  constraint,
  epsilonRule,
  initializer,
  layerRules,
  momentumRule,
  type OptionRules,
  oneAxis,
} from './optionRules.js';
import { StockBatchNormalization, type StockOptions } from './stockLayers.js';

const where = 'batchNormalization';

/** Options of {@link batchNormalization}: those of `tf.layers.batchNormalization`, with its defaults. */
export type BatchNormalizationOptions = StockOptions<'batchNormalization'>;

const rules: OptionRules<BatchNormalizationOptions> = {
  ...layerRules,
  ...affineRules,
  axis: oneAxis,
  momentum: momentumRule,
  epsilon: epsilonRule,
  movingMeanInitializer: initializer,
  movingVarianceInitializer: initializer,
  gammaConstraint: constraint,
  betaConstraint: constraint,
};

/** The layer that {@link batchNormalization} makes. */
export class BatchNormalization extends StockBatchNormalization {
  static readonly className: string = 'NormlabBatchNormalization';
  /** The function that makes the layer, for messages. */
  protected readonly where: string = where;

  constructor(options: BatchNormalizationOptions = {}) {
    super(checkedOptions(where, options, rules));
  }

  override build(inputShape: Shape | Shape[]): void {
    checkedAxes(this.where, this.axis, inputShape);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    return normalizeBatch(this.where, this, inputs, kwargs);
  }
}
serialization.registerClass(BatchNormalization);

/**
 * Batch norm as a layer of tf.layers: `scale`, `center` or both may be off, in training too.
 *
 * In training (`model.fit`, or `call` with `{ training: true }`) `y = γ · (x − μ) / √(σ² + ε) + β` with the mean and the
 * biased variance of the batch, per channel, and the moving statistics become `momentum · old + (1 − momentum) · batch`;
 * otherwise μ and σ² are the moving statistics. `trainable` decides only whether γ and β are learned, as in tf.layers.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2, channels along `axis` (the last by default); γ, β and the statistics [C].
 *
 * Numerics: as `batchNormTrain` of `@normlab/ops`. ε is 1e-3 and momentum .99 by default, as in tf.layers and Keras.
 *
 * @throws OptionError for an unknown or invalid option; ShapeError, when the layer is built, if C is not known
 *
 * @example
 * ```ts
 * const model = sequential();
 * model.add(layers.conv2d({ filters: 8, kernelSize: 3, useBias: false, inputShape: [8, 8, 3] }));
 * model.add(batchNormalization({ scale: false }));
 * ```
 */
export function batchNormalization(options?: BatchNormalizationOptions): BatchNormalization {
  return new BatchNormalization(options);
}

/**
 * What a batch normalization layer computes; in training, its moving statistics are updated.
 *
 * @param where the function that makes the layer, for messages
 */
export function normalizeBatch(
  where: string,
  layer: StockBatchNormalization,
  inputs: Tensor | Tensor[],
  kwargs?: { training?: boolean },
): Tensor {
  const { axis, epsilon, momentum: decay, movingMean, movingVariance } = layer;
  const [channels] = [axis].flat();
  return tidy(() =>
    onChannelsLast(floatInput(where, inputs), channels!, (x) => {
      const params = affineParams<Tensor1D>(layer);
      const stats = { mean: movingMean.read() as Tensor1D, variance: movingVariance.read() as Tensor1D };
      if (!kwargs?.training) return batchNormInfer(x, params, stats, { epsilon });
      const trained = batchNormTrain(x, params, stats, { epsilon, decay });
      movingMean.write(trained.stats.mean);
      movingVariance.write(trained.stats.variance);
      return trained.y;
    }),
  );
}
