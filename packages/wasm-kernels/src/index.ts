export { fastestWinogradVariant } from './kernels/fastestWinogradVariant.js';
export {
  channelBlock,
  type Matrix,
  type TileForm,
  tileBlock,
  type WinogradTransform,
  type WinogradVariant,
  winogradVariants,
} from './kernels/winogradVariants.js';
export {
  type RegisterWasmKernelsOptions,
  registerWasmKernels,
  type WasmKernels,
} from './registerWasmKernels.js';
export { type TensorHeap, tensorHeap } from './runtime/guardAllocator.js';
