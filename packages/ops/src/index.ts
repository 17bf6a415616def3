export type { AffineParams } from './affineParams.js';
export { type BatchNormInferOptions, batchNormInfer } from './batchNormInfer.js';
export { batchNormReluTrain } from './batchNormReluTrain.js';
export { type BatchNormTrainOptions, batchNormTrain } from './batchNormTrain.js';
export { constantBatchNormInfer } from './constantBatchNormInfer.js';
export { constantBatchNormTrain } from './constantBatchNormTrain.js';
export { type FoldableLayer, type FoldBatchNormOptions, foldBatchNorm } from './foldBatchNorm.js';
export {
  type BatchNormAttrs,
  batchNormGradKernelName,
  batchNormKernelName,
  type StandardizeAttrs,
  standardizeGradKernelName,
  standardizeKernelName,
} from './fusedKernels.js';
export { type GroupNormOptions, groupNorm } from './groupNorm.js';
export { type InstanceNormOptions, instanceNorm } from './instanceNorm.js';
export { type LayerNormOptions, layerNorm } from './layerNorm.js';
export { type RmsNormOptions, rmsNorm } from './rmsNorm.js';
export type { RunningStats } from './runningStats.js';
export { type StandardizeOptions, standardize } from './standardize.js';
export type { Standardized } from './standardizeForward.js';
export { weightNorm } from './weightNorm.js';
export { type WeightStandardizeOptions, weightStandardize } from './weightStandardize.js';
