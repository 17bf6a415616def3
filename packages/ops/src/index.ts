export type { AffineParams } from './affineParams.js';
export { type BatchNormInferOptions, batchNormInfer } from './batchNormInfer.js';
export { type BatchNormTrainOptions, batchNormTrain } from './batchNormTrain.js';
export { constantBatchNormInfer } from './constantBatchNormInfer.js';
export { constantBatchNormTrain } from './constantBatchNormTrain.js';
export { type StandardizeAttrs, standardizeGradKernelName, standardizeKernelName } from './fusedKernels.js';
export type { RunningStats } from './runningStats.js';
export { type StandardizeOptions, standardize } from './standardize.js';
export type { Standardized } from './standardizeCore.js';
