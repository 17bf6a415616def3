import { _FusedMatMul, type _FusedMatMulAttrs, matMul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { type EndInputs, finished } from './finished.js';

/**
 * Matrix products with a bias, where one side is transposed, or there are several matrices, or the bias is one number;
 * and those of matrices without an entry, with or without a bias.
 *
 * tfjs's C code indexes the bias by the row there, and reads past the end of a bias that is one number. It does not write
 * a sum of nothing.
 */
export const biasedMatMul = trainingKernel(_FusedMatMul, (inputs: EndInputs, attrs: _FusedMatMulAttrs) => {
  const { a, b, bias } = inputs as EndInputs & Record<'a' | 'b', Tensor>;
  const { transposeA, transposeB } = attrs;
  if (![a, b, bias ?? a].every(({ dtype }) => dtype === 'float32')) return undefined;
  const isOneProduct = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
  const isPlain = !transposeA && !transposeB && isOneProduct;
  const isRow = isPlain && bias?.rank === 1 && bias.shape[0] === b.shape.at(-1);
  if ((bias == null || isRow) && a.size * b.size > 0) return undefined;
  return tidy(() => finished(matMul(a, b, transposeA, transposeB), inputs, attrs));
});
