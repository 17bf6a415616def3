import {
  add,
  type backend_util,
  elu,
  leakyRelu,
  type NamedTensorMap,
  prelu,
  relu,
  relu6,
  sigmoid,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** The inputs of a fused kernel besides those of its sums. */
export type EndInputs = NamedTensorMap & {
  readonly bias?: Tensor;
  readonly preluActivationWeights?: Tensor;
};

/** The attributes of a fused kernel besides those of its sums. */
export type EndAttrs = { readonly activation?: backend_util.Activation; readonly leakyreluAlpha?: number };

/** What a fused kernel does with its sums: adds the bias, and applies the activation. Use it only within a tidy. */
export function finished(
  sums: Tensor,
  { bias, preluActivationWeights }: EndInputs,
  { activation = 'linear', leakyreluAlpha }: EndAttrs,
): Tensor {
  const x = bias == null ? sums : add(sums, bias);
  const functions = {
    linear: () => x,
    relu: () => relu(x),
    relu6: () => relu6(x),
    elu: () => elu(x),
    sigmoid: () => sigmoid(x),
    leakyrelu: () => leakyRelu(x, leakyreluAlpha),
    prelu: () => prelu(x, preluActivationWeights!),
  };
  return functions[activation]();
}
