import {
  _FusedMatMul,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  slice,
  type Tensor,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { storedShapeOf } from '../wasmBackend.js';
import { type EndAttrs, type EndInputs, finished } from './finished.js';

/**
 * Fused kernels with a bias whose memory was made for a tensor of another shape, as that of a reshaped bias or of its
 * clone; and fused convolutions with a bias that is not one number per channel.
 *
 * tfjs's own kernels look at the shape for which the memory was made, and refuse any but [C].
 */
export const storedBias: readonly TrainingKernel[] = [
  storedBiasOf(FusedConv2D, ({ filter }) => filter!.shape[3]!),
  storedBiasOf(FusedDepthwiseConv2D, ({ filter }) => filter!.shape[2]! * filter!.shape[3]!),
  storedBiasOf(_FusedMatMul, ({ b }) => b!.shape.at(-1)!),
];

function storedBiasOf(
  kernelName: string,
  channelsOf: (inputs: Readonly<Record<string, Tensor>>) => number,
): TrainingKernel {
  return trainingKernel(kernelName, (inputs: EndInputs, attrs: EndAttrs, backend) => {
    const { bias } = inputs;
    if (bias == null) return undefined;
    const row = [channelsOf(inputs)];
    const isRow = util.arraysEqual(bias.shape, row);
    if (isRow && util.arraysEqual([...storedShapeOf(backend, bias)], row)) return undefined;
    return tidy((): Tensor => {
      // A slice is a copy.
      if (isRow) return engine().runKernel(kernelName, { ...inputs, bias: slice(bias, 0) }, { ...attrs });
      const { bias: _, preluActivationWeights: __, ...terms } = inputs;
      const sums: Tensor = engine().runKernel(kernelName, terms, { ...attrs, activation: 'linear' });
      return finished(sums, inputs, attrs);
    });
  });
}
