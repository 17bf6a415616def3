import {
  _FusedMatMul,
  type backend_util,
  broadcastTo,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type NamedTensorMap,
  Prelu,
  type PreluInputs,
  type Tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { repeats } from '../kernels/binaryKernels.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';

type FusedInputs = NamedTensorMap & { readonly preluActivationWeights?: Tensor };
type FusedAttrs = { readonly activation?: backend_util.Activation };

/**
 * PReLU, alone or behind a convolution or a matrix product, with slopes that broadcast otherwise than by repeating over
 * leading axes, such as one slope per row.
 *
 * tfjs's C code repeats the slopes over leading axes whatever their shape.
 */
export const broadcastSlopes: readonly TrainingKernel[] = [
  trainingKernel(Prelu, (inputs: PreluInputs) => {
    const { x, alpha } = inputs as { x: Tensor; alpha: Tensor };
    if (repeats(x, alpha)) return undefined;
    return tidy((): Tensor => engine().runKernel(Prelu, { x, alpha: broadcastTo(alpha, x.shape) }));
  }),
  ...[FusedConv2D, FusedDepthwiseConv2D, _FusedMatMul].map((kernelName) =>
    trainingKernel(kernelName, (inputs: FusedInputs, attrs: FusedAttrs) => {
      const { preluActivationWeights: alpha, ...others } = inputs;
      if (attrs.activation !== 'prelu' || alpha === undefined || isRow(alpha)) return undefined;
      return tidy((): Tensor => {
        const x: Tensor = engine().runKernel(kernelName, others, { ...attrs, activation: 'linear' });
        return engine().runKernel(Prelu, { x, alpha });
      });
    }),
  ),
];

/** Whether slopes are a scalar, or one per channel. */
function isRow({ shape }: TensorInfo): boolean {
  return shape.slice(0, -1).every((size) => size === 1);
}
