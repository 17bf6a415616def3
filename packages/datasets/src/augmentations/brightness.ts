import { refuseOthers } from '@normlab/errors';
import type { RandomStream } from '@normlab/random';
import type { Image } from '../image.js';

export type BrightnessOptions = {
  /** Largest shift, on the 0–255 scale. */
  readonly maxDelta: number;
};

/**
 * Shifts every value by one random δ ~ U[−maxDelta, maxDelta); nothing is clipped.
 *
 * Draws: δ (one number).
 */
export function randomBrightness(
  image: Image,
  stream: RandomStream,
  { maxDelta, ...others }: BrightnessOptions,
): Image {
  refuseOthers('randomBrightness', others, ['maxDelta']);
  const delta = stream.uniform(-maxDelta, maxDelta);
  return brightness(image, delta);
}

/** y = x + delta. */
export function brightness({ values, shape }: Image, delta: number): Image {
  const shifted = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) shifted[i] = values[i]! + delta;
  return { values: shifted, shape };
}
