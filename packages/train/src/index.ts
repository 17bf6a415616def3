export type { Batch } from './batch.js';
export type { CheckpointMeta } from './checkpoint/checkpointFile.js';
export {
  type Checkpoint,
  type DecodeCheckpointOptions,
  decodeCheckpoint,
} from './checkpoint/decodeCheckpoint.js';
export { encodeCheckpoint } from './checkpoint/encodeCheckpoint.js';
export { crossEntropy, type Loss } from './crossEntropy.js';
export {
  type BatchOutcome,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  neverPredicted,
} from './evaluate.js';
export { type FitOptions, fit } from './fit.js';
export { type LossAndGradients, type LossAndGradientsOptions, lossAndGradients } from './lossAndGradients.js';
export type { Optimizer, Schedule } from './optimizer.js';
export { type AdamWOptions, adamW } from './optimizers/adamW.js';
export { type ClipByGlobalNormOptions, clipByGlobalNorm } from './optimizers/clipByGlobalNorm.js';
export type { DecayedPaths } from './optimizers/decayedPaths.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export { type ReEstimateStatsOptions, reEstimateStats } from './reEstimateStats.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsDtype,
  type SafetensorsEntry,
} from './safetensors.js';
export { constant } from './schedules/constant.js';
export { type CosineOptions, cosine } from './schedules/cosine.js';
export {
  type ExponentialDecayOptions,
  exponentialDecay,
  staircaseDecay,
} from './schedules/exponentialDecay.js';
export { type PiecewiseConstantOptions, piecewiseConstant } from './schedules/piecewiseConstant.js';
export { type WarmupOptions, warmup } from './schedules/warmup.js';
export type { TrainEvent } from './trainEvent.js';
export { cloneState, disposeState, type EpochProgress, initState, type TrainState } from './trainState.js';
export { type TrainStepOptions, type TrainStepResult, trainStep } from './trainStep.js';
export { valueAndGradients } from './valueAndGradients.js';
