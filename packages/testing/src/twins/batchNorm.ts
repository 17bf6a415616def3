import { arrayOf, type NdArray, vectorOf } from '../arrays.js';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { byChannel, standardizeSets, statisticsOf } from './sets.js';

/** Running statistics, [C] each. */
export type StatsArrays = { readonly mean: NdArray; readonly variance: NdArray };

/** `batchNormTrain`, naive, in float64; without params it is `constantBatchNormTrain`. */
export function batchNormTrain(
  x: NdArray,
  params: AffineArrays,
  stats: StatsArrays,
  { epsilon, decay }: { epsilon: number; decay: number },
): { y: NdArray; stats: StatsArrays } {
  const batch = [...statisticsOf(x, byChannel).values()];
  const moved = (old: NdArray, fresh: number[]) =>
    vectorOf(fresh.map((value, channel) => decay * old.values[channel]! + (1 - decay) * value));
  return {
    y: scaleAndOffset(standardizeSets(x, byChannel, epsilon), params),
    stats: {
      mean: moved(
        stats.mean,
        batch.map(({ mean }) => mean),
      ),
      variance: moved(
        stats.variance,
        batch.map(({ variance }) => variance),
      ),
    },
  };
}

/** `batchNormInfer`, naive, in float64; without params it is `constantBatchNormInfer`. */
export function batchNormInfer(
  x: NdArray,
  params: AffineArrays,
  stats: StatsArrays,
  { epsilon }: { epsilon: number },
): NdArray {
  const standardized = arrayOf(x.shape, (at, place) => {
    const channel = at.at(-1)!;
    const deviation = Math.sqrt(stats.variance.values[channel]! + epsilon);
    return (x.values[place]! - stats.mean.values[channel]!) / deviation;
  });
  return scaleAndOffset(standardized, params);
}
