export {
  BatchNormalization,
  type BatchNormalizationOptions,
  batchNormalization,
} from './batchNormalization.js';
export {
  ConstantBatchNormalization,
  type ConstantBatchNormalizationOptions,
  constantBatchNormalization,
} from './constantBatchNormalization.js';
export {
  GroupNormalization,
  type GroupNormalizationOptions,
  groupNormalization,
} from './groupNormalization.js';
export {
  InstanceNormalization,
  type InstanceNormalizationOptions,
  instanceNormalization,
} from './instanceNormalization.js';
export {
  LayerNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
} from './layerNormalization.js';
export { mendBatchNormalization } from './mendBatchNormalization.js';
export { RmsNormalization, type RmsNormalizationOptions, rmsNormalization } from './rmsNormalization.js';
export {
  WeightStandardizedConv2d,
  type WeightStandardizedConv2dOptions,
  weightStandardizedConv2d,
} from './weightStandardizedConv2d.js';
