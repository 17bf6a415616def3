import { ShapeError } from '@normlab/errors';
import { type FusedKernel, fusedKernel } from '@normlab/kernels';
import {
  cast,
  customGrad,
  div,
  equal,
  exp,
  expandDims,
  log,
  max,
  mean,
  mul,
  range,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { checkLogits } from './checkLogits.js';

/** The function that training minimizes: a scalar for a batch, from logits [N, K] and class numbers [N] int32. */
export type Loss = (logits: Tensor2D, labels: Tensor1D) => Scalar;

/**
 * Mean cross-entropy of softmax(logits) and the true classes.
 *
 * L = 1/N · Σₙ (log Σₖ exp(zₙₖ − mₙ) − (zₙ,yₙ − mₙ)), with mₙ = maxₖ zₙₖ
 *
 * ∂L/∂zₙₖ = (softmax(zₙ)ₖ − [k = yₙ]) / N
 *
 * Shapes: logits [N, K] float32, labels [N] int32; the result is a scalar.
 *
 * Numerics: the row's largest logit is subtracted first, so that no exponential overflows and at least one is 1; if the
 * active backend has the fused kernel `NormlabSoftmaxCrossEntropy`, that kernel runs. The gradient is the closed form
 * above, computed from the values of the forward pass; only first derivatives are supported (differentiating the
 * gradient again treats it as a constant). Logits must be finite: an infinite logit gives NaN. A label outside [0, K)
 * cannot be detected here without a readback and counts as no class; {@link trainStep} and {@link evaluate} check
 * labels before they make tensors of them.
 *
 * The caller owns the inputs and the result.
 *
 * @throws ShapeError unless the logits are [N, K] float32 and the labels [N] int32, with N ≥ 1: the mean over no images
 *   is undefined
 *
 * @example
 * ```ts
 * const loss = crossEntropy(tensor2d([[2, 0]]), tensor1d([0], 'int32'));
 * loss.dataSync()[0]; // log(1 + e⁻²) = 0.1269…
 * ```
 */
export const crossEntropy: Loss = (logits, labels) => {
  checkLogits('crossEntropy', logits, labels);
  if (logits.shape[0] === 0) {
    const rule = 'have at least one row: the mean over no images is undefined';
    throw new ShapeError({ where: 'crossEntropy', what: 'logits', rule, got: logits.shape });
  }
  const fused = fusedKernel('NormlabSoftmaxCrossEntropy');
  return customGrad((z, save) => {
    const { value, slope } =
      fused === undefined
        ? composedCrossEntropy(z as Tensor2D, labels)
        : fusedCrossEntropy(fused, z as Tensor2D, labels);
    (save as (tensors: Tensor[]) => void)([slope]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(saved[0]!, dy) };
  })(logits) as Scalar;
};

type LossAndSlope = { readonly value: Scalar; readonly slope: Tensor };

function fusedCrossEntropy(
  kernel: FusedKernel<'NormlabSoftmaxCrossEntropy'>,
  logits: Tensor2D,
  labels: Tensor1D,
): LossAndSlope {
  const [value, slope] = kernel({ logits, labels });
  return { value: value as Scalar, slope };
}

/** The composition of tfjs's ops; fused kernels are tested against it. */
function composedCrossEntropy(logits: Tensor2D, labels: Tensor1D): LossAndSlope {
  const [images, classes] = logits.shape;
  const shifted = sub(logits, max(logits, 1, true));
  const powers = exp(shifted);
  const total = sum(powers, 1, true);
  const truth = cast(equal(expandDims(labels, 1), range(0, classes, 1, 'int32')), 'float32');
  return {
    value: mean(sub(log(total), sum(mul(shifted, truth), 1, true))) as Scalar,
    slope: div(sub(div(powers, total), truth), images),
  };
}
