import {
  _FusedMatMul,
  type backend_util,
  broadcast_util,
  broadcastTo,
  cast,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type NamedTensorMap,
  Prelu,
  type PreluInputs,
  type Tensor,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { repeats } from '../kernels/binaryKernels.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';

type FusedInputs = NamedTensorMap & { readonly preluActivationWeights?: Tensor };
type FusedAttrs = { readonly activation?: backend_util.Activation };

/**
 * PReLU, alone or behind a convolution or a matrix product, with slopes that broadcast otherwise than by repeating over
 * leading axes, such as one slope per row, with slopes that are integers or booleans, and with none.
 *
 * tfjs's C code repeats the slopes over leading axes whatever their shape, reads their bits as floats whatever their
 * type, and divides by their number.
 */
export const broadcastSlopes: readonly TrainingKernel[] = [
  trainingKernel(Prelu, (inputs: PreluInputs) => {
    const { x, alpha } = inputs as { x: Tensor; alpha: Tensor };
    if (alpha.dtype === 'float32' && alpha.size > 0 && repeats(x, alpha)) return undefined;
    const shape = broadcast_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    if (shape.includes(0)) return zeros(shape);
    return tidy((): Tensor => {
      const slopes = broadcastTo(cast(alpha, 'float32'), shape);
      return engine().runKernel(Prelu, { x: broadcastTo(x, shape), alpha: slopes });
    });
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

/** Whether slopes are a float, or one per channel. */
function isRow({ shape, dtype }: TensorInfo): boolean {
  return dtype === 'float32' && shape.slice(0, -1).every((size) => size === 1);
}
