import { TrainError } from '@normlab/errors';
import type { Variables } from '@normlab/models';
import { getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { crossEntropy, type Loss } from './crossEntropy.js';

/** The figures read back from a step in which zeros can reveal a failure. */
export type StepFigures = {
  readonly loss: number;
  /** Images classified correctly, and images in the batch. */
  readonly correct: number;
  readonly images: number;
  /** The sum of {@link sentinelOf} the new parameters. */
  readonly sentinel: number;
};

/**
 * The parameter whose sum every step reads back: the smallest of at least two axes (a bias may legitimately stay 0),
 * else the smallest. If all parameters are 0, its sum is 0.
 */
export function sentinelOf(params: Variables): Tensor {
  const bySize = Object.values(params).sort((a, b) => a.size - b.size);
  return bySize.find(({ rank }) => rank >= 2) ?? bySize[0]!;
}

/**
 * The error for a step with zeros that no correct computation gives, as a device that drops a command leaves them;
 * undefined if the zeros are possible.
 *
 * - Cross-entropy: an image that is classified wrongly has another logit at least as large as the right one, and so a
 *   loss of at least log 2. So a loss of exactly 0 means that all images are classified correctly. (It is possible:
 *   beyond a margin of 17, 1 + e^(−margin) rounds to 1 in float32.) Other losses may be 0 for any images.
 * - Parameters: w' = w − η·d is 0 in every entry of every parameter only if every entry of η·d equals its w to the last
 *   bit. Parameters that were 0 before may stay 0, and single ones may become 0 (a bias, a pruned kernel).
 *
 * All-zero gradients alone are no sign of a failure: with dead ReLUs, or at a minimum, they are correct.
 *
 * Reads the parameters back only if the sentinel's sum is exactly 0, which happens in training only by chance.
 */
export async function zeroError(
  loss: Loss,
  step: number,
  { loss: value, correct, images, sentinel }: StepFigures,
  before: Variables,
  after: Variables,
): Promise<TrainError | undefined> {
  const hint = `the backend "${getBackend()}" has failed without saying so: out of memory, or more than its device allows`;
  if (sentinel === 0 && (await isAllZero(after)) && !(await isAllZero(before))) {
    const rule = 'not all be 0 where those before were not';
    return new TrainError({ where: 'trainStep', what: `the parameters of step ${step}`, rule, hint });
  }
  if (loss === crossEntropy && value === 0 && correct < images) {
    return new TrainError({
      where: 'trainStep',
      what: `the loss of step ${step}`,
      rule: `be at least log 2 per image classified wrongly, here ${images - correct} of ${images}`,
      got: value,
      hint,
    });
  }
  return undefined;
}

async function isAllZero(variables: Variables): Promise<boolean> {
  for (const each of Object.values(variables)) {
    const values = await each.data();
    if (values.some((value: number) => value !== 0)) return false;
  }
  return true;
}
