import { refuseOthers } from '@normlab/errors';
import type { RandomStream } from '@normlab/random';
import { checkFinite } from '../checkNumber.js';
import type { Image } from '../image.js';

export type ContrastOptions = {
  /** Range [low, high) of the factor. */
  readonly low: number;
  readonly high: number;
};

/**
 * Scales each channel about its own mean by one random factor f ~ U[low, high).
 *
 * y = (x − m_c)·f + m_c, where m_c is the mean of channel c over the image; nothing is clipped.
 * Draws: f (one number).
 *
 * @throws OptionError unless low ≤ high, both finite
 */
export function randomContrast(
  image: Image,
  stream: RandomStream,
  { low, high, ...others }: ContrastOptions,
): Image {
  refuseOthers('randomContrast', others, ['low', 'high']);
  checkFinite('randomContrast', 'low', low);
  checkFinite('randomContrast', 'high', high, low);
  return contrast(image, stream.uniform(low, high));
}

/**
 * y = (x − m_c)·f + m_c, the channel means in float64.
 *
 * @throws OptionError unless the factor is finite
 */
export function contrast({ values, shape }: Image, factor: number): Image {
  checkFinite('contrast', 'factor', factor);
  const pixels = values.length / 3;
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < values.length; i += 3) {
    red += values[i]!;
    green += values[i + 1]!;
    blue += values[i + 2]!;
  }
  red /= pixels;
  green /= pixels;
  blue /= pixels;
  const stretched = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    stretched[i] = (values[i]! - red) * factor + red;
    stretched[i + 1] = (values[i + 1]! - green) * factor + green;
    stretched[i + 2] = (values[i + 2]! - blue) * factor + blue;
  }
  return { values: stretched, shape };
}
