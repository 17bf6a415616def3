import { buildModel } from '@normlab/models';
import {
  type Batch,
  constant,
  crossEntropy,
  disposeState,
  sgd,
  type TrainState,
  trainStep,
} from '@normlab/train';
import type { Tensor } from '@tensorflow/tfjs-core';
import { worst } from '../judge.js';
import { activePrecision } from '../suite/activePrecision.js';
import { toTensor } from '../tensors/transfer.js';
import type { Values, Variables } from '../values.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against, lossAgainst } from './against.js';
import { type DrawnStep, drawnStep, type StepCase, stepSpec } from './drawnStep.js';
import { stepCases } from './stepCases.js';
import { trackStep } from './trackStep.js';

/**
 * One check per {@link StepCase}: the reference is PyTorch's, the bounds are from `trackStep`.
 *
 * The rounding of PyTorch's results to twelve digits is below 10⁻¹²; the bounds are above 10⁻⁸.
 */
export const trainingStepChecks: readonly AbsoluteCheck[] = stepCases.map((step) => ({
  id: `absolute-step-${step.name}`,
  title: `w', v' and running statistics after one step ≈ PyTorch's in float64 (${step.name})`,
  statement: `Loss and all variables after one training step agree with PyTorch's: ${step.title}.`,
  async measure() {
    const drawn = drawnStep(step);
    const { loss, after } = await stepped(step, drawn);
    const bounds = trackStep(step, drawn, activePrecision());
    const variables = Object.entries(step.after).map(([path, expected]) => {
      const value = Float64Array.from(expected);
      return against({ data: after[path] ?? [] }, { ...bounds.after[path]!, value }, path);
    });
    return worst([lossAgainst(loss, step.loss, bounds.lossError), ...variables]);
  },
}));

async function stepped(
  step: StepCase,
  drawn: DrawnStep,
): Promise<{ loss: number; after: Variables<ArrayLike<number>> }> {
  const { learningRate, momentum, l2 } = step;
  const optimizer = sgd({ learningRate: constant(learningRate), momentum, l2 });
  const advance = trainStep(buildModel(stepSpec(step)), optimizer, crossEntropy);
  const velocity = Object.entries(drawn.velocity).map(([path, each]) => [`${path}/velocity`, each] as const);
  const state: TrainState = {
    params: tensors(drawn.params),
    stats: tensors(drawn.stats),
    optimizer: tensors(Object.fromEntries(velocity)),
    step: 0,
  };
  const batch: Batch = {
    images: Float32Array.from(drawn.images.data),
    labels: Int32Array.from(drawn.labels),
    shape: drawn.images.shape as [number, number, number, number],
  };
  try {
    const next = await advance(state, batch);
    try {
      const { params, stats, optimizer: own } = next.state;
      const all = Object.entries({ ...params, ...stats, ...own });
      const read = all.map(async ([path, each]) => [path, await each.data()] as const);
      return { loss: next.loss, after: Object.fromEntries(await Promise.all(read)) };
    } finally {
      disposeState(next.state);
    }
  } finally {
    disposeState(state);
  }
}

function tensors(values: Variables<Values>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(values).map(([path, each]) => [path, toTensor(each)]));
}
