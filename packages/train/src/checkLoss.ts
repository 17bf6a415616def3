import { ShapeError } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkDtype } from './checkDtype.js';

/**
 * tfjs differentiates a tensor of several numbers as their sum: for losses [N] of N images, gradients N times too large.
 *
 * @throws ShapeError unless the value is a scalar of float32
 */
export function checkLoss(where: string, what: string, value: Tensor): void {
  if (value.rank !== 0) {
    const hint = 'such as the mean over the images';
    throw new ShapeError({ where, what, rule: 'be a scalar', got: value.shape, hint });
  }
  checkDtype(where, what, value, 'float32');
}
