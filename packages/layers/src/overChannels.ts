import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { channelAxis, floatInput, onChannelsLast } from './inputAxes.js';
import { affineRules, epsilonRule, layerRules, type OptionRules, oneAxis } from './optionRules.js';
import { StockLayerNormalization, type StockOptions } from './stockLayers.js';

/** Options of the layers that normalize channels of each sample: those of layer norm, with one axis. */
export type OverChannelsOptions = Omit<StockOptions<'layerNormalization'>, 'axis'> & {
  /** The axis of the channels; −1, the last one, by default. */
  axis?: number;
};

/** The rules of these options. */
export const overChannelsRules: OptionRules<OverChannelsOptions> = {
  ...layerRules,
  ...affineRules,
  axis: oneAxis,
  epsilon: epsilonRule,
};

/** A layer that normalizes channels of each sample, one by one or in groups. */
export abstract class OverChannels extends StockLayerNormalization {
  /** The function that makes the layer, for messages. */
  protected abstract readonly where: string;

  /** @throws unless the layer can normalize inputs of that shape, whose channels are along `axis` */
  protected abstract checkShape(shape: Shape, axis: number): void;

  /** @param x with channels last */
  protected abstract normalize(x: Tensor): Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const { axis, shape } = channelAxis(this.where, this.axis, inputShape);
    this.checkShape(shape, axis);
    this.axis = [axis];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [axis] = [this.axis].flat();
    return tidy(() => onChannelsLast(floatInput(this.where, inputs), axis!, (x) => this.normalize(x)));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: [this.axis].flat()[0]! };
  }
}
