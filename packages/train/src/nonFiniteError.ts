import { TrainError } from '@normlab/errors';
import type { Model, Variables } from '@normlab/models';
import { type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import type { Loss } from './crossEntropy.js';
import { lossAndGradients } from './lossAndGradients.js';
import { disposeNew, type TrainState } from './trainState.js';

/** The step that failed. */
export type FailedStep = {
  /** Seed of the step's forward pass. */
  readonly seed: number;
  readonly loss: number;
  readonly learningRate: number;
};

/**
 * The error for a step whose loss or gradient is not finite: runs the step again and finds the first tensor that is not
 * finite, in the order of computation (images, parameters, outputs of the layers, gradients from the last parameter to
 * the first).
 *
 * Reads every tensor back, so it is called only after a step has failed.
 */
export async function nonFiniteError(
  model: Model,
  loss: Loss,
  state: TrainState,
  batch: Batch,
  { seed, loss: value, learningRate }: FailedStep,
): Promise<TrainError> {
  const culprit =
    firstBadInput(batch) ??
    (await firstBadVariable('the parameter', state.params, Object.keys(state.params))) ??
    (await firstBadOutput(model, state, batch, seed)) ??
    (await firstBadGradient(model, loss, state, batch, seed)) ??
    'the sum of the gradients';
  return new TrainError({
    where: 'trainStep',
    what: `${Number.isFinite(value) ? 'the gradient' : 'the loss'} of step ${state.step + 1}`,
    rule: 'be finite',
    got: Number.isFinite(value) ? undefined : value,
    hint: `first not finite: ${culprit}; learning rate ${learningRate}: a lower one or a warm-up may help`,
  });
}

function firstBadInput({ images }: Batch): string | undefined {
  const index = images.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? undefined : `value ${index} of the batch's images`;
}

async function firstBadOutput(
  model: Model,
  state: TrainState,
  batch: Batch,
  seed: number,
): Promise<string | undefined> {
  const x = tensor4d(batch.images, [...batch.shape]);
  const outputs = model.applyWith(state.params, state.stats, x, { seed, taps: model.layers });
  try {
    return (
      (await firstBadVariable('the output of layer', outputs.taps, model.layers)) ??
      (await firstBadVariable('the', { logits: outputs.logits }, ['logits']))
    );
  } finally {
    x.dispose();
    disposeNew(outputs, state);
  }
}

async function firstBadGradient(
  model: Model,
  loss: Loss,
  state: TrainState,
  batch: Batch,
  seed: number,
): Promise<string | undefined> {
  const pass = lossAndGradients(model, loss, state, batch, { seed });
  try {
    const backwards = Object.keys(pass.gradients).reverse();
    return await firstBadVariable('the gradient of', pass.gradients, backwards);
  } finally {
    disposeNew(pass, state);
  }
}

async function firstBadVariable(
  kind: string,
  variables: Variables,
  order: readonly string[],
): Promise<string | undefined> {
  for (const name of order) {
    const tensor: Tensor | undefined = variables[name];
    if (tensor === undefined) continue;
    const values = await tensor.data();
    if (values.some((value: number) => !Number.isFinite(value))) return `${kind} ${name}`;
  }
  return undefined;
}
