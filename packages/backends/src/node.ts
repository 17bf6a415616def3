export {
  type SetupTensorflowOptions,
  setupTensorflow,
  type TensorflowSetup,
} from './tensorflow/setupTensorflow.js';
