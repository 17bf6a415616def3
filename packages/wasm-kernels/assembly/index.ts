export { convolve } from './convolve';
export { addGroups, convolveBackFilter } from './convolveBack';
export { binary, relu, reluGradient, sgdMomentum } from './elementwise';
export { packPanels } from './pack';
export { applyStandardize } from './standardize';
export { finishGradient, finishMoments, finishSums, sampleShifts, sumPairs } from './sums';
export {
  winogradBackFilter,
  winogradBackPanels,
  winogradBackProducts,
  winogradConvolve,
  winogradFilter,
} from './winograd';
