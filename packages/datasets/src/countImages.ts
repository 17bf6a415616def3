import { ShapeError } from '@normlab/errors';
import type { Dataset } from './dataset.js';

/**
 * The number of images of a data set.
 *
 * @throws ShapeError unless it has as many bytes as its labels and its shape say
 */
export function countImages(where: string, { images, labels, shape }: Dataset): number {
  const expected = labels.length * shape[0] * shape[1] * shape[2];
  if (images.length !== expected) {
    throw new ShapeError({
      where,
      what: 'images',
      rule: `hold ${expected} bytes (${labels.length} labels, images of shape [${shape.join(', ')}])`,
      got: images.length,
    });
  }
  return labels.length;
}
