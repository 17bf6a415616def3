import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/**
 * `NormlabSoftmaxCrossEntropy`: the mean of log Σ exp(z) − z_y over the rows z of the logits, and its gradient; the
 * largest entry of each row is subtracted first; computed in float64. And `NormlabCountCorrect`.
 */
export function classificationKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    fusedTrainingKernel('NormlabSoftmaxCrossEntropy', ({ logits, labels }, _, backend) => {
      const loss = backend.makeOutput([], 'float32');
      const slope = backend.makeOutput(logits.shape, 'float32');
      const [images, classes] = logits.shape as [number, number];
      runtime.run({
        kernel: 'cross_entropy_fwd',
        job: {
          logits: addressOf(backend, logits),
          labels: addressOf(backend, labels),
          loss: addressOf(backend, loss),
          slope: addressOf(backend, slope),
          images,
          classes,
        },
        tasks: 1,
      });
      return [loss, slope];
    }),
    fusedTrainingKernel('NormlabCountCorrect', ({ logits, labels }, _, backend) => {
      const count = backend.makeOutput([], 'float32');
      const [images, classes] = logits.shape as [number, number];
      runtime.run({
        kernel: 'count_correct',
        job: {
          logits: addressOf(backend, logits),
          labels: addressOf(backend, labels),
          count: addressOf(backend, count),
          images,
          classes,
        },
        tasks: 1,
      });
      return [count];
    }),
  ];
}
