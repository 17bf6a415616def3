import type { RandomStream } from '@normlab/random';
import { checkImage, type Image } from '../image.js';

/**
 * Mirrors left and right with probability ½. Draws: one number; mirrors if it is below ½.
 *
 * @throws ShapeError if the image has more or fewer values than its shape says
 */
export function randomFlip(image: Image, stream: RandomStream): Image {
  checkImage('randomFlip', 'image', image);
  return stream.uniform() < 0.5 ? flip(image) : image;
}

/**
 * Mirrors left and right.
 *
 * @throws ShapeError if the image has more or fewer values than its shape says
 */
export function flip(image: Image): Image {
  checkImage('flip', 'image', image);
  const { values, shape } = image;
  const [height, width] = shape;
  const mirrored = new Float32Array(values.length);
  for (let row = 0; row < height; row++) {
    let from = row * width * 3;
    let to = from + (width - 1) * 3;
    for (let column = 0; column < width; column++, from += 3, to -= 3) {
      mirrored[to] = values[from]!;
      mirrored[to + 1] = values[from + 1]!;
      mirrored[to + 2] = values[from + 2]!;
    }
  }
  return { values: mirrored, shape };
}
