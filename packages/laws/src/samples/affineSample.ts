import { deriveSeed, randomStream } from '@normlab/random';
import type { Affine, Statistics } from '../subject.js';
import { channelsOf } from '../values.js';
import type { BatchSample } from './batchSample.js';

/** A batch, and the affine map a·x + b·|a|·scale of a law. */
export type ScaledBatchSample = BatchSample & {
  /** Any number but 0. */
  readonly a: number;
  /** In units of |a|·scale. */
  readonly b: number;
};

/** A batch with gains, biases, running statistics and a decay drawn from its seed. */
export type AffineBatchSample = BatchSample & {
  /** Largest |γ|; gains are ± this times a number in [½, 1). */
  readonly gain: number;
  /** Largest |β| in units of `gain`. */
  readonly offset: number;
  /** Fraction of a running statistic that is kept, in [0, 1]. */
  readonly decay: number;
};

/** γ and β of a sample; all γ > 0 on request, as law 15 needs. */
export function affineOf(
  { shape, gain, offset, seed }: AffineBatchSample,
  { positive = false } = {},
): Affine {
  const stream = randomStream(deriveSeed(seed, 'affine'));
  const channels = channelsOf(shape);
  const draw = (next: () => number) => ({
    data: Float32Array.from({ length: channels }, next),
    shape: [channels],
  });
  return {
    scale: draw(() => gain * stream.uniform(0.5, 1) * (stream.uniform() < 0.5 || positive ? 1 : -1)),
    offset: draw(() => gain * offset * stream.uniform(-1, 1)),
  };
}

/** Running statistics of a sample, of the same order as those of its batch. */
export function statisticsOf({ shape, scale, mean, seed }: AffineBatchSample): Statistics {
  const stream = randomStream(deriveSeed(seed, 'statistics'));
  const channels = channelsOf(shape);
  return {
    mean: {
      data: Float32Array.from({ length: channels }, () => scale * (1 + mean) * stream.uniform(-1, 1)),
      shape: [channels],
    },
    variance: {
      data: Float32Array.from({ length: channels }, () => scale * scale * stream.uniform(0.25, 4)),
      shape: [channels],
    },
  };
}
