import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { checkedAxes, floatInput } from './inputAxes.js';
import { affineRules, epsilonRule, layerRules, type OptionRules, someAxes } from './optionRules.js';
import { StockLayerNormalization, type StockOptions } from './stockLayers.js';

/** Options of the layers that normalize over some axes of each sample: those of `tf.layers.layerNormalization`. */
export type OverAxesOptions = StockOptions<'layerNormalization'>;

/** The rules of these options. */
export const overAxesRules: OptionRules<OverAxesOptions> = {
  ...layerRules,
  ...affineRules,
  axis: someAxes,
  epsilon: epsilonRule,
};

/** A layer that normalizes over some axes of each sample. */
export abstract class OverAxes extends StockLayerNormalization {
  /** The function that makes the layer, for messages. */
  protected abstract readonly where: string;

  protected abstract normalize(x: Tensor, axes: readonly number[]): Tensor;

  override build(inputShape: Shape | Shape[]): void {
    this.axis = checkedAxes(this.where, this.axis, inputShape);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const axes = [this.axis].flat();
    return tidy(() => this.normalize(floatInput(this.where, inputs), axes));
  }
}
