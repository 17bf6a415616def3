import { ShapeError } from '@normlab/errors';
import { randomCrop } from '../augmentations/crop.js';
import { randomFlip } from '../augmentations/flip.js';
import { normalizeChannels } from '../augmentations/normalizeChannels.js';
import { pad } from '../augmentations/pad.js';
import type { ChannelStatistics } from '../channelStatistics.js';
import { checkStatistics } from '../checkStatistics.js';
import type { Pipeline } from './pipeline.js';

const size = 32;
const margin = 4;

/**
 * The 32×32 pipeline of the residual networks, for the statistics of a data set's training part.
 *
 * Training: 4 zero pixels on every side, random 32×32 crop, flip with probability ½, then
 * (x/255 − mean)/sd per channel. Evaluation: only the normalization. Images must be 32×32.
 *
 * Draws, in order: crop row, crop column, flip.
 *
 * @example
 * ```ts
 * const { train } = builtIn(1);
 * const pipeline = padCropFlip(channelStatistics(train));
 * ```
 *
 * @throws OptionError unless every mean is finite and every sd above 0
 */
export function padCropFlip({ mean, sd }: ChannelStatistics): Pipeline {
  checkStatistics('padCropFlip', { mean, sd });
  return {
    name: 'padCropFlip',
    outputShape(input) {
      checkSize(input);
      return [size, size, 3];
    },
    train(image, stream) {
      checkSize(image.shape);
      const cropped = randomCrop(pad(image, { margin }), stream, { size });
      return normalizeChannels(randomFlip(cropped, stream), { mean, sd });
    },
    evaluate(image) {
      checkSize(image.shape);
      return normalizeChannels(image, { mean, sd });
    },
  };
}

function checkSize(shape: readonly [number, number, number]): void {
  if (shape[0] !== size || shape[1] !== size) {
    throw new ShapeError({
      where: 'padCropFlip',
      what: 'image',
      rule: `have shape [${size}, ${size}, 3]`,
      got: shape,
      hint: `only ${size}×${size} images are allowed; crop24 takes any from 24×24 up`,
    });
  }
}
