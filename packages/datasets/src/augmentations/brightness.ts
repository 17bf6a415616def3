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
export function randomBrightness(image: Image, stream: RandomStream, { maxDelta }: BrightnessOptions): Image {
  const delta = stream.uniform(-maxDelta, maxDelta);
  return { values: image.values.map((value) => value + delta), shape: image.shape };
}
