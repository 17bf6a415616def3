import { randomBrightness } from '../augmentations/brightness.js';
import { randomContrast } from '../augmentations/contrast.js';
import { centralCrop, checkCrop, randomCrop } from '../augmentations/crop.js';
import { randomFlip } from '../augmentations/flip.js';
import { standardizeImage } from '../augmentations/standardizeImage.js';
import type { Pipeline } from './pipeline.js';

const size = 24;

/**
 * The 24×24 pipeline of TensorFlow's CIFAR-10 tutorial.
 *
 * Training: random 24×24 crop, flip with probability ½, brightness δ ~ U[−63, 63), contrast
 * f ~ U[.2, 1.8), per-image standardization. Evaluation: central crop, standardization. Images may
 * have any height and width of at least 24.
 *
 * Draws, in order: crop row, crop column, flip, δ, f. The standardization removes the brightness
 * again, and on grey images the contrast too; both are kept so that the streams and the code match
 * the recipe.
 */
export const crop24: Pipeline = {
  name: 'crop24',
  outputShape(input) {
    checkCrop('crop24', input, size);
    return [size, size, 3];
  },
  train(image, stream) {
    const cropped = randomCrop(image, stream, { size });
    const flipped = randomFlip(cropped, stream);
    const brightened = randomBrightness(flipped, stream, { maxDelta: 63 });
    return standardizeImage(randomContrast(brightened, stream, { low: 0.2, high: 1.8 }));
  },
  evaluate: (image) => standardizeImage(centralCrop(image, { size })),
};
