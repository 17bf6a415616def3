import type { Augmentation, Preparation } from '../augmentations/augmentation.js';

/** How pictures become a network's input: at random for training, in a fixed way for evaluation. */
export type Pipeline = {
  readonly name: string;
  /**
   * [H, W, 3] of what comes out for pictures of shape `input`.
   *
   * @throws ShapeError that names the sizes allowed, if this one is not
   */
  outputShape(input: readonly [number, number, 3]): readonly [number, number, 3];
  readonly train: Augmentation;
  readonly evaluate: Preparation;
};
