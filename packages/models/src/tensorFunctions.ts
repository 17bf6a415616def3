import { fused, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';

// The tensor functions that layers use: a layer gets them as an argument, so that its file loads without TensorFlow.js.
// They are listed one by one, so that a bundle contains only these.
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
  prelu,
  relu,
  sigmoid,
  square,
  tanh,
  tensor,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';

/**
 * A convolution, then a bias and a ReLU, in one kernel where the backend has it; in a gradient, which has none, one after
 * another.
 */
export function fusedConv2d(
  x: Tensor4D,
  filter: Tensor4D,
  strides: number,
  pad: 'same' | 'valid',
  { bias, activation }: { readonly bias: Tensor1D | undefined; readonly activation: 'linear' | 'relu' },
): Tensor {
  return fused.conv2d({ x, filter, strides, pad, activation, ...(bias !== undefined && { bias }) });
}
