export { type FusedKernel, fusedKernel } from './fusedKernel.js';
export {
  type BatchNormAttrs,
  type FusedKernelName,
  type FusedKernels,
  fusedKernelNames,
  gradientsAround,
  type NoAttrs,
  type SgdMomentumAttrs,
  type StandardizeAttrs,
} from './fusedKernels.js';
export { usesWinograd, winogradKey } from './usesWinograd.js';
