import type { Augmentation, Preparation } from '../augmentations/augmentation.js';

/** How images become a network's input: with random changes for training, deterministically for evaluation. */
export type Pipeline = {
  readonly name: string;
  /**
   * Shape [H, W, 3] of the output for images of shape `input`.
   *
   * @throws ShapeError that names the allowed sizes, if `input` is not one of them
   */
  outputShape(input: readonly [number, number, 3]): readonly [number, number, 3];
  readonly train: Augmentation;
  readonly evaluate: Preparation;
};
