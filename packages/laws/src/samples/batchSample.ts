import { deriveSeed, randomStream } from '@normlab/random';
import { channelsOf, sizeOf, type Values } from '../values.js';

/**
 * A batch x as a few numbers that can be printed, shrunk and typed in again.
 *
 * xᵢ = scale·(±mean + sdᵢ·nᵢ), nᵢ normal; the sign alternates over channels; sd is 1, and `quiet`
 * in channel 0.
 */
export type BatchSample = {
  /** Rank 2 to 5, channels last, at least 2 values per channel. */
  readonly shape: readonly number[];
  readonly scale: number;
  /** In units of the standard deviation. */
  readonly mean: number;
  /** The standard deviation of channel 0: 1, or much less for a nearly constant channel, or 0. */
  readonly quiet: number;
  /** Whether the first value of every channel is far from all others, which differ by only about 2⁻¹⁰. */
  readonly outlier: boolean;
  readonly epsilon: number;
  readonly seed: number;
};

/** The batch that a sample describes. */
export function batchOf({ shape, scale, mean, quiet, outlier, seed }: BatchSample): Values {
  const stream = randomStream(deriveSeed(seed, 'x'));
  const channels = channelsOf(shape);
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, index) => {
    const channel = index % channels;
    const n = outlier ? (index < channels ? 8 : stream.normal() / 1024) : stream.normal();
    return scale * ((channel % 2 === 0 ? mean : -mean) + n * (channel === 0 ? quiet : 1));
  });
  return { data, shape };
}

/** Normal values of a shape: the cotangent δ = ∂L/∂ŷ of a sample, its γ, its images. */
export function normalValues(
  shape: readonly number[],
  seed: number,
  name: string,
  { mean = 0, deviation = 1 } = {},
): Values {
  const stream = randomStream(deriveSeed(seed, name));
  const data = Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * stream.normal());
  return { data, shape };
}

/** The same number everywhere. */
export function constantValues(shape: readonly number[], value: number): Values {
  return { data: new Float32Array(sizeOf(shape)).fill(value), shape };
}
