export { fastestFiltering } from './kernels/fastestFiltering.js';
export {
  channelBlock,
  type Matrix,
  type MinimalFiltering,
  minimalFilterings,
  type TileForm,
  tileBlock,
} from './kernels/minimalFiltering.js';
export {
  type RegisterWasmKernelsOptions,
  registerWasmKernels,
  type WasmKernels,
} from './registerWasmKernels.js';
