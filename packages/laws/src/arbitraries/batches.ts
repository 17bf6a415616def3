import * as fc from 'fast-check';
import type { AffineBatchSample, ScaledBatchSample } from '../samples/affineSample.js';
import type { BatchSample } from '../samples/batchSample.js';
import { decade, epsilon, positiveScale, scale, seed } from './scalars.js';
import { images, shapes } from './shapes.js';

/**
 * Mean and deviation of a batch: centred, a mean of up to 10⁴ deviations, a nearly constant channel
 * beside usual ones, a channel that is constant, or one value far from all others.
 */
function spreads(): fc.Arbitrary<{ mean: number; quiet: number; outlier: boolean }> {
  return fc.oneof(
    fc.constant({ mean: 0, quiet: 1, outlier: false }),
    fc.oneof(fc.constant(1e4), decade(-1, 4)).map((mean) => ({ mean, quiet: 1, outlier: false })),
    decade(-4, 0).map((quiet) => ({ mean: 1, quiet, outlier: false })),
    fc.constant({ mean: 1, quiet: 0, outlier: false }),
    fc.constantFrom(0, 1).map((mean) => ({ mean, quiet: 1, outlier: true })),
  );
}

/** A batch of any kind. */
export function batch(shape: fc.Arbitrary<number[]> = shapes()): fc.Arbitrary<BatchSample> {
  return fc
    .record({ shape, scale: positiveScale(), spread: spreads(), epsilon: epsilon(), seed: seed() })
    .map(({ spread, ...rest }) => ({ ...rest, ...spread }));
}

/** Two values per channel, with ε = 0. */
export function pair(): fc.Arbitrary<BatchSample> {
  const shape = fc.integer({ min: 1, max: 4 }).map((channels) => [2, channels]);
  return batch(shape).map((sample) => ({ ...sample, epsilon: 0 }));
}

/** A batch and an affine map a·x + b, with b up to ten standard deviations. */
export function scaledBatch(): fc.Arbitrary<ScaledBatchSample> {
  return fc
    .tuple(batch(), scale(), fc.integer({ min: -10, max: 10 }))
    .map(([sample, a, b]) => ({ ...sample, a, b }));
}

/** A batch with gains, biases and running statistics. */
export function affineBatch(shape: fc.Arbitrary<number[]> = shapes()): fc.Arbitrary<AffineBatchSample> {
  return fc
    .record({
      sample: batch(shape),
      gain: decade(-2, 2),
      offset: fc.integer({ min: 0, max: 8 }).map((n) => n / 4),
      decay: fc.constantFrom(0.9, 0, 0.5, 0.99, 1),
    })
    .map(({ sample, ...rest }) => ({ ...sample, ...rest }));
}

/** The same on [N, H, W, C] with H and W even, for pools. */
export function affineImages(): fc.Arbitrary<AffineBatchSample> {
  return affineBatch(images());
}
