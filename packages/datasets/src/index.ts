export type { Augmentation, Preparation } from './augmentations/augmentation.js';
export { type BrightnessOptions, brightness, randomBrightness } from './augmentations/brightness.js';
export { type ContrastOptions, contrast, randomContrast } from './augmentations/contrast.js';
export { type CropOptions, centralCrop, randomCrop } from './augmentations/crop.js';
export { flip, randomFlip } from './augmentations/flip.js';
export { normalizeChannels } from './augmentations/normalizeChannels.js';
export { type PadOptions, pad } from './augmentations/pad.js';
export { standardizeImage } from './augmentations/standardizeImage.js';
export type { Batch } from './batch.js';
export {
  type BatchesOptions,
  batches,
  type EvaluationBatchesOptions,
  evaluationBatches,
} from './batches.js';
export { type BuiltInOptions, builtIn } from './builtIn/builtIn.js';
export { type ChannelStatistics, channelStatistics } from './channelStatistics.js';
export { encodeCifar10 } from './cifar/encodeCifar10.js';
export {
  type ParseCifar100Options,
  type ParseOptions,
  parseCifar10,
  parseCifar100,
} from './cifar/parseCifar.js';
export type { Dataset, SplitDataset } from './dataset.js';
export { type HoldOutOptions, holdOut } from './holdOut.js';
export { type Image, imageAt } from './image.js';
export { crop24 } from './pipelines/crop24.js';
export { padCropFlip } from './pipelines/padCropFlip.js';
export type { Pipeline } from './pipelines/pipeline.js';
export { plain } from './pipelines/plain.js';
export { type StepsPerEpochOptions, stepsPerEpoch } from './stepsPerEpoch.js';
export { subset } from './subset.js';
