import { gamma, type NdArray, twins, unitRoundoff as u, vectorOf } from '@normlab/testing';

/**
 * Error bounds of running statistics after an update with a batch.
 *
 * With g = γ(m + 8), R = max |x − μ| and centring error e = 4gR (see standardizationBounds): the batch's mean errs
 * by e + u|μ|, its variance by g·σ² + 2e·σ + e²; the update by three roundings of its two parts, and by one more
 * of the decay, whose complement is rounded too.
 */
export function runningBounds(x: NdArray, old: twins.StatsArrays, decay: number): twins.StatsArrays {
  const channels = x.shape.at(-1)!;
  const g = gamma(x.values.length / channels + 8);
  const bounds = [...twins.statisticsOf(x, twins.byChannel).values()].map(({ mean, variance }, channel) => {
    const reach = x.values.reduce(
      (most, value, place) => (place % channels === channel ? Math.max(most, Math.abs(value - mean)) : most),
      0,
    );
    const e = 4 * g * reach;
    const update = (before: number, batch: number) =>
      5 * u * (decay * Math.abs(before) + (1 - decay) * Math.abs(batch));
    return {
      mean: (1 - decay) * (e + u * Math.abs(mean)) + update(old.mean.values[channel]!, mean),
      variance:
        (1 - decay) * (g * variance + 2 * e * Math.sqrt(variance) + e ** 2) +
        update(old.variance.values[channel]!, variance),
    };
  });
  return {
    mean: vectorOf(bounds.map(({ mean }) => mean)),
    variance: vectorOf(bounds.map(({ variance }) => variance)),
  };
}
