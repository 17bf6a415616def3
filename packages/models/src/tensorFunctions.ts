// The functions on tensors that layers compute with: a layer gets them as an argument, so that its file loads
// without TensorFlow.js. Named one by one, so that a bundle holds these and no others.
export {
  batchNormInfer,
  batchNormReluTrain,
  batchNormTrain,
  constantBatchNormInfer,
  foldBatchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
  weightNorm,
  weightStandardize,
} from '@normlab/ops';
export {
  add,
  avgPool,
  conv2d,
  elu,
  erf,
  leakyRelu,
  matMul,
  maxPool,
  mean,
  mul,
  pad,
  relu,
  sigmoid,
  square,
  tanh,
  tensor,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
export { addBias } from './layers/addBias.js';
export { prelu } from './layers/prelu.js';
