import { pad, slice, type Tensor4D } from '@tensorflow/tfjs-core';

/** Rows and columns to add around an image; a negative number crops. */
export type Margins = {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
};

/**
 * Pads an image batch with zeros where a margin is positive, and crops it where a margin is negative.
 *
 * Shapes: x [N, H, W, C] → [N, H + top + bottom, W + left + right, C]. Returns the input itself if all margins are 0:
 * use it only within a tidy.
 */
export function fitSpatially(x: Tensor4D, { top, bottom, left, right }: Margins): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const cropped =
    Math.min(top, bottom, left, right) < 0
      ? slice(
          x,
          [0, Math.max(0, -top), Math.max(0, -left), 0],
          [
            batch,
            height + Math.min(0, top) + Math.min(0, bottom),
            width + Math.min(0, left) + Math.min(0, right),
            channels,
          ],
        )
      : x;
  if (Math.max(top, bottom, left, right) <= 0) return cropped;
  return pad(cropped, [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ]);
}
