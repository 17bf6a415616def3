import { refuseOthers } from '@normlab/errors';
import type { RandomStream } from '@normlab/random';
import { checkFinite } from '../checkNumber.js';
import type { Image } from '../image.js';

export type BrightnessOptions = {
  /** Largest shift, on the 0–255 scale. */
  readonly maxDelta: number;
};

/**
 * Shifts every value by one random δ ~ U[−maxDelta, maxDelta); nothing is clipped.
 *
 * Draws: δ (one number).
 *
 * @throws OptionError unless maxDelta is finite and at least 0
 */
export function randomBrightness(
  image: Image,
  stream: RandomStream,
  { maxDelta, ...others }: BrightnessOptions,
): Image {
  refuseOthers('randomBrightness', others, ['maxDelta']);
  checkFinite('randomBrightness', 'maxDelta', maxDelta, 0);
  const delta = stream.uniform(-maxDelta, maxDelta);
  return brightness(image, delta);
}

/**
 * y = x + delta.
 *
 * @throws OptionError unless delta is finite
 */
export function brightness({ values, shape }: Image, delta: number): Image {
  checkFinite('brightness', 'delta', delta);
  const shifted = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) shifted[i] = values[i]! + delta;
  return { values: shifted, shape };
}
