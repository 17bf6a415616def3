import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/**
 * `NormlabSoftmaxCrossEntropy`, `{ logits, labels }` → [loss, slope]: the mean of log Σ exp(z) − z_y over the rows of
 * logits [N, K] for class numbers [N], and its gradient by the logits; each row less its largest entry, in float64.
 */
export function crossEntropyKernel(runtime: KernelRuntime): TrainingKernel {
  type Inputs = { logits: TensorInfo; labels: TensorInfo };
  return trainingKernel('NormlabSoftmaxCrossEntropy', ({ logits, labels }: Inputs, _: object, backend) => {
    const loss = backend.makeOutput([], 'float32');
    const slope = backend.makeOutput(logits.shape, 'float32');
    const addresses = [logits, labels, loss, slope].map((each) => addressOf(backend, each));
    runtime.run({ kernel: 'crossEntropy', words: [...addresses, ...logits.shape], tasks: 1 });
    return [loss, slope];
  });
}
