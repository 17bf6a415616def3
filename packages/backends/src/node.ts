export {
  type SetupTensorflowOptions,
  setupTensorflow,
  type TensorflowSetup,
} from './tensorflow/setupTensorflow.js';
export { usableCores } from './usableCores.js';
