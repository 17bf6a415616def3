import { buildModel, network } from '@normlab/models';
import { type Batch, constant, crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';
import type { Prepared } from '../peers/answering.js';
import type { StepWorkload } from '../workload.js';
import { classNumbers, normals } from './inputs.js';

/** Hyperparameters of the paper, on random images; the rate is small, so that no run diverges. */
export const learningRate = 1e-3;
export const momentum = 0.9;
const l2 = 2e-4;

/** A training step of normlab, as `fit` runs it: from arrays of images to the loss as a number. */
export function prepareStep({ network: name = 'all-cnn', width, batch, norm }: StepWorkload): Prepared {
  const spec = network(name, { width, norm });
  const model = buildModel(spec);
  const optimizer = sgd({ learningRate: constant(learningRate), momentum, l2 });
  const step = trainStep(model, optimizer, crossEntropy, { seed: 1 });
  let state = initState(model, optimizer, 1);
  const [height, width_, channels] = spec.input;
  const shape = [batch, height, width_, channels] as const;
  const input: Batch = {
    images: normals(batch * height * width_ * channels, 'images'),
    labels: classNumbers(batch),
    shape,
  };
  return {
    once: async () => {
      const next = await step(state, input);
      disposeState(state, next.state);
      state = next.state;
    },
    release: () => disposeState(state),
  };
}
