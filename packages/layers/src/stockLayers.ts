import type { serialization } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers } from '@tensorflow/tfjs-layers';

/** The options of a factory of tf.layers. */
export type StockOptions<Factory extends 'batchNormalization' | 'conv2d' | 'layerNormalization'> =
  NonNullable<Parameters<(typeof layers)[Factory]>[0]>;

type StockClass<Options, Instance> = (new (
  options?: Options,
) => Instance) &
  Pick<typeof serialization.Serializable, 'fromConfig'>;

/** The parameters of a normalization of tf.layers; without `scale` or `center`, its variable is null or absent. */
export type StockAffine = {
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
};

/** What a batch normalization layer of tf.layers holds; tfjs declares most of it private. */
export type StockBatchNormalization = layers.Layer &
  StockAffine & {
    /** A list with one axis in models that tf.keras saved, which tf.layers takes too. */
    readonly axis: number | readonly number[];
    readonly momentum: number;
    readonly epsilon: number;
    readonly movingMean: LayerVariable;
    readonly movingVariance: LayerVariable;
  };

/** What a layer normalization layer of tf.layers holds; tfjs declares a part of it private. */
export type StockLayerNormalization = layers.Layer &
  StockAffine & {
    /** A list when the layer is built. */
    axis: number | number[];
    readonly epsilon: number;
  };

/** What a 2D convolution of tf.layers holds. */
export type StockConv2d = layers.Layer & {
  readonly kernel: LayerVariable;
  readonly bias?: LayerVariable | null;
};

// tf.layers exports functions that make layers, but not the layers' classes. With a name of their own, these layers do
// not take part in tfjs's numbering of the layers that have none.
const name = 'class';

/** The class of `tf.layers.batchNormalization`. */
export const StockBatchNormalization = layers.batchNormalization({ name })
  .constructor as unknown as StockClass<StockOptions<'batchNormalization'>, StockBatchNormalization>;

/** The class of `tf.layers.layerNormalization`. */
export const StockLayerNormalization = layers.layerNormalization({ name })
  .constructor as unknown as StockClass<StockOptions<'layerNormalization'>, StockLayerNormalization>;

/** The class of `tf.layers.conv2d`. */
export const StockConv2d = layers.conv2d({ name, filters: 1, kernelSize: 1 })
  .constructor as unknown as StockClass<StockOptions<'conv2d'>, StockConv2d>;
