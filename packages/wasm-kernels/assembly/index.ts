export { preluGradient, tanh } from './activations';
export {
  applyBatchNorm,
  applyBatchNormGradient,
  finishBatchNorm,
  finishBatchNormGradient,
  sampleBatchNormShifts,
  sumBatchNormPairs,
} from './batchNorm';
export { convolve } from './convolve';
export { addGroups, convolveBackFilter } from './convolveBack';
export { copyBox } from './copyBox';
export { crossEntropy } from './crossEntropy';
export { binary, relu, reluGradient, sgdMomentum } from './elementwise';
export { multiplyRows, transposeRows } from './matrices';
export { packPanels } from './pack';
export { averagePoolGradient, maxPoolGradient } from './pools';
export { applyStandardize } from './standardize';
export { finishGradient, finishMoments, finishSums, sampleShifts, sumPairs, sumTensors } from './sums';
export { winogradConvolve, winogradFilter } from './winograd';
export { winogradBackFilter, winogradBackPanels, winogradBackProducts } from './winogradBack';
