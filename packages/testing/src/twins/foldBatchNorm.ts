import { arrayOf, type NdArray } from '../arrays.js';
import type { StatsArrays } from './batchNorm.js';
import type { AffineArrays } from './scaleAndOffset.js';

/** `foldBatchNorm`, naive, in float64. */
export function foldBatchNorm(
  { kernel, bias }: { kernel: NdArray; bias?: NdArray },
  { scale, offset }: AffineArrays,
  stats: StatsArrays,
  { epsilon }: { epsilon: number },
): { kernel: NdArray; bias: NdArray } {
  const gain = (channel: number) =>
    (scale?.values[channel] ?? 1) / Math.sqrt(stats.variance.values[channel]! + epsilon);
  return {
    kernel: arrayOf(kernel.shape, (at, place) => kernel.values[place]! * gain(at.at(-1)!)),
    bias: arrayOf(stats.mean.shape, (_, channel) => {
      const centred = (bias?.values[channel] ?? 0) - stats.mean.values[channel]!;
      return centred * gain(channel) + (offset?.values[channel] ?? 0);
    }),
  };
}
