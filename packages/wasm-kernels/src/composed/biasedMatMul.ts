import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  add,
  elu,
  leakyRelu,
  matMul,
  type NamedTensorMap,
  prelu,
  relu,
  relu6,
  sigmoid,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';

type Inputs = NamedTensorMap & {
  readonly bias?: Tensor;
  readonly preluActivationWeights?: Tensor;
};

/**
 * Matrix products with a bias, where one side is transposed, or there are several matrices, or the bias is one number.
 *
 * tfjs's C code indexes the bias by the row there, and reads past the end of a bias that is one number.
 */
export const biasedMatMul = trainingKernel(_FusedMatMul, (inputs: Inputs, attrs: _FusedMatMulAttrs) => {
  const { a, b, bias } = inputs as Inputs & Record<'a' | 'b', Tensor>;
  const { transposeA, transposeB } = attrs;
  if (bias === undefined || ![a, b, bias].every(({ dtype }) => dtype === 'float32')) return undefined;
  const isOneProduct = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
  const isPlain = !transposeA && !transposeB && isOneProduct;
  if (isPlain && bias.rank === 1 && bias.shape[0] === b.shape.at(-1)) return undefined;
  return tidy(() => activated(add(matMul(a, b, transposeA, transposeB), bias), inputs, attrs));
});

function activated(x: Tensor, { preluActivationWeights }: Inputs, attrs: _FusedMatMulAttrs): Tensor {
  const functions = {
    linear: () => x,
    relu: () => relu(x),
    relu6: () => relu6(x),
    elu: () => elu(x),
    sigmoid: () => sigmoid(x),
    leakyrelu: () => leakyRelu(x, attrs.leakyreluAlpha),
    prelu: () => prelu(x, preluActivationWeights!),
  };
  return functions[attrs.activation]();
}
