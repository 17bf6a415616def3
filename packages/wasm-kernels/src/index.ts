export {
  type RegisterWasmKernelsOptions,
  registerWasmKernels,
  type WasmKernels,
} from './registerWasmKernels.js';
