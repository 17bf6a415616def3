import { DataError, ShapeError } from '@normlab/errors';
import type { ModelSpec } from '@normlab/models';
import type { Batch } from './batch.js';

/**
 * Checks that a batch fits the network, before any tensor is created from it.
 *
 * @throws ShapeError if the batch is empty, its arrays do not match its shape, or its images do not have the network's
 *   input shape; DataError for a label outside [0, K)
 */
export function checkBatch(where: string, { images, labels, shape }: Batch, spec: ModelSpec): void {
  const [count, ...image] = shape;
  if (image.length !== 3 || spec.input.some((size, axis) => size !== image[axis])) {
    const rule = `be [N, ${spec.input.join(', ')}] for the model "${spec.name}"`;
    throw new ShapeError({ where, what: 'batch.shape', rule, got: shape });
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ShapeError({ where, what: 'batch.shape', rule: 'begin with N ≥ 1', got: shape });
  }
  const values = image.reduce((product, size) => product * size, count);
  if (images.length !== values) {
    const rule = `hold ${values} values, those of shape [${shape.join(', ')}]`;
    throw new ShapeError({ where, what: 'batch.images', rule, got: images.length });
  }
  if (labels.length !== count) {
    throw new ShapeError({
      where,
      what: 'batch.labels',
      rule: `hold N = ${count} labels`,
      got: labels.length,
    });
  }
  const wrong = labels.findIndex((label) => label < 0 || label >= spec.classes);
  if (wrong >= 0) {
    const rule = `be in [0, ${spec.classes}), a class of the model "${spec.name}"`;
    throw new DataError({ where, what: `batch.labels[${wrong}]`, rule, got: labels[wrong] });
  }
}
