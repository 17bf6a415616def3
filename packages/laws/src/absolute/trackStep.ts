import { float32Roundoff as u } from '../bounds/roundoff.js';
import {
  trackGlobalPool,
  trackGlobalPoolGradient,
  trackRelu,
  trackReluGradient,
  trackTanh,
  trackTanhGradient,
} from '../bounds/trackActivation.js';
import { trackAffine, trackScaled, trackScaleGradient } from '../bounds/trackAffine.js';
import { trackCrossEntropy } from '../bounds/trackCrossEntropy.js';
import { exactly, type Tracked, trackedBy } from '../bounds/tracked.js';
import {
  trackBias,
  trackBiasGradient,
  trackInputGradient,
  trackKernelGradient,
  trackLinear,
} from '../bounds/trackLinear.js';
import { type TrackedStandardization, trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import { trackMoved, trackSgd } from '../bounds/trackUpdates.js';
import type { Precision } from '../subject.js';
import type { Variables } from '../values.js';
import type { DrawnStep, StepCase } from './drawnStep.js';

/** Loss and variables after a training step in float64, each with its largest possible float32 error. */
export type TrackedStep = {
  readonly loss: number;
  readonly lossError: number;
  readonly after: Variables<Tracked>;
};

type Block = {
  readonly input: Tracked;
  readonly norm: TrackedStandardization;
  /** γŷ + β */
  readonly affine: Tracked;
  readonly output: Tracked;
};

/** Propagates values and errors forward, backward and through the update. */
export function trackStep(step: StepCase, drawn: DrawnStep, precision: Precision): TrackedStep {
  const after: Record<string, Tracked> = {};
  const params = Object.fromEntries(
    Object.entries(drawn.params).map(([path, each]) => [path, exactly(each)]),
  );
  const blocks: Block[] = [];
  let input = exactly(drawn.images);
  for (const index of step.channels.keys()) {
    const name = `norm${index + 1}`;
    const z = trackLinear(input, params[`conv${index + 1}/kernel`]!, precision);
    const norm = trackStandardize(z, step.epsilon, u);
    const [scale, offset] = [params[`${name}/scale`], params[`${name}/offset`]];
    const affine = scale && offset ? trackAffine(norm.y, scale, offset, u) : norm.y;
    const output = step.activation === 'relu' ? trackRelu(affine) : trackTanh(affine, u);
    after[`${name}/mean`] = trackMoved(exactly(drawn.stats[`${name}/mean`]!), norm.mean, step.decay, u);
    after[`${name}/variance`] = trackMoved(
      exactly(drawn.stats[`${name}/variance`]!),
      norm.variance,
      step.decay,
      u,
    );
    blocks.push({ input, norm, affine, output });
    input = output;
  }
  const pooled = trackGlobalPool(input, u);
  const head = params['head/kernel']!;
  const logits = trackBias(trackLinear(pooled, head, precision), params['head/bias']!, u);
  const { gradient, loss, lossError } = trackCrossEntropy(logits, drawn.labels, u);

  const gradients: Record<string, Tracked> = {
    'head/kernel': trackKernelGradient(pooled, gradient, head.shape, precision),
    'head/bias': trackBiasGradient(gradient, u),
  };
  let back = trackGlobalPoolGradient(
    trackInputGradient(head, gradient, pooled.shape, precision),
    input.shape,
    u,
  );
  for (const [index, { input: below, norm, affine, output }] of [...blocks.entries()].reverse()) {
    const [name, kernel] = [`norm${index + 1}`, `conv${index + 1}/kernel`];
    const scale = params[`${name}/scale`];
    let dy =
      step.activation === 'relu' ? trackReluGradient(affine, back) : trackTanhGradient(output, back, u);
    if (scale !== undefined) {
      gradients[`${name}/scale`] = trackScaleGradient(dy, norm.y, scale.value.length, u);
      gradients[`${name}/offset`] = trackBiasGradient(dy, u);
      dy = trackScaled(dy, scale, u);
    }
    const dz = trackStandardizeGradient(dy, norm, u);
    gradients[kernel] = trackKernelGradient(below, dz, params[kernel]!.shape, precision);
    back = trackInputGradient(params[kernel]!, dz, below.shape, precision);
  }

  for (const [path, param] of Object.entries(params)) {
    const velocity = drawn.velocity[path];
    const zeros = trackedBy(
      param.shape,
      () => 0,
      () => 0,
    );
    const options = { learningRate: step.learningRate, weightDecay: step.l2, momentum: step.momentum };
    const stepped = trackSgd(param, velocity ? exactly(velocity) : zeros, gradients[path]!, options, u);
    after[path] = stepped.param;
    if (velocity !== undefined) after[`${path}/velocity`] = stepped.velocity;
  }
  return { loss, lossError, after };
}
