import { compare, fallen, lacksNumbers } from '../bounds/compare.js';
import { exactly, type Tracked } from '../bounds/tracked.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { batchOf, normalValues } from '../samples/batchSample.js';
import type { Standardizer, StandardizerGradient, StatisticsSubject } from '../subject.js';
import { channelsOf } from '../values.js';
import { channelSquares, channelSums } from './channelSums.js';

/** Law 7. Bound: the mean of the errors of ŷ. */
export const outputMean: Law<Standardizer, 'batch'> = {
  id: '7-mean',
  title: 'mean ŷ = 0',
  statement: 'The output of a normalization has mean 0 in every channel, for any ε.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const y = await subject.standardize(x, sample.epsilon);
    const tracked = trackStandardize(exactly(x), sample.epsilon, roundoffOf(subject)).y;
    if (lacksNumbers(y.data, tracked.error)) return fallen;
    const channels = channelsOf(x.shape);
    const m = x.data.length / channels;
    return compare(
      channelSums(y.data, channels),
      new Float64Array(channels),
      channelSums(tracked.error, channels),
      tracked.size * m,
    );
  },
};

/** Law 7. Bound: the mean of 2|ŷ|·eŷ + eŷ². */
export const outputVariance: Law<Standardizer, 'batch'> = {
  id: '7-variance',
  title: 'mean ŷ² = σ²/(σ² + ε)',
  statement:
    'The output of a normalization has variance 1 in every channel, but for ε; σ² is the biased variance.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const y = await subject.standardize(x, sample.epsilon);
    const { y: tracked, variance } = trackStandardize(exactly(x), sample.epsilon, roundoffOf(subject));
    if (lacksNumbers(y.data, tracked.error)) return fallen;
    const channels = channelsOf(x.shape);
    const m = x.data.length / channels;
    return compare(
      channelSquares(y.data, channels).map((sum) => sum / m),
      variance.value.map((sigma2) => sigma2 / (sigma2 + sample.epsilon)),
      channelSums(squareErrors(tracked), channels).map((sum) => sum / m),
      1,
    );
  },
};

/** Law 7. Bound: the error of ŷ. The samples' outliers come within 10⁻⁶ of equality. */
export const outputRange: Law<Standardizer, 'batch'> = {
  id: '7-range',
  title: '|ŷ| ≤ √(m − 1)',
  statement: 'No output of a normalization over m values lies further from 0, for any ε.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const y = await subject.standardize(x, sample.epsilon);
    const tracked = trackStandardize(exactly(x), sample.epsilon, roundoffOf(subject)).y;
    const limit = Math.sqrt(x.data.length / channelsOf(x.shape) - 1);
    return compare(
      Float64Array.from(y.data, (each) => Math.max(0, Math.abs(each) - limit)),
      new Float64Array(y.data.length),
      tracked.error,
      limit,
    );
  },
};

/** Law 7. Bound: the error of dz, whose terms cancel wholly; in units of them. */
export const pairHasNoGradient: Law<StandardizerGradient, 'pair'> = {
  id: '7-pair',
  title: 'm = 2, ε = 0: dz = 0',
  statement: 'Two values become ±1 whatever they are, so nothing flows back.',
  exact: true,
  samples: 'pair',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const dz = await subject.standardizeGradient(x, dy, 0);
    const tracked = trackStandardizeGradient(
      exactly(dy),
      trackStandardize(exactly(x), 0, roundoff),
      roundoff,
    );
    return compare(dz.data, new Float64Array(dz.data.length), tracked.error, tracked.channelSizes);
  },
};

/**
 * The batch's own statistics, at mean/sd up to 10⁴.
 *
 * Bound: e = γ_{m+4}·mean|x| for the mean; e² + γ_{m+8}(σ² + e²) for the variance, into which the
 * error of the mean enters squared. A one-pass E[x²] − μ² is off by γ_m·μ² instead.
 */
export const batchStatistics: Law<StatisticsSubject, 'batch'> = {
  id: 'statistics',
  title: 'μ = Σx/m, σ² = Σ(x − μ)²/m',
  statement: "The batch's mean and biased variance, also where the mean is far larger than the deviation.",
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const { mean, variance } = await subject.statistics(x);
    // At ε = 1 the standardization is defined for any batch; its statistics know no ε.
    const tracked = trackStandardize(exactly(x), 1, roundoffOf(subject));
    const perChannel = tracked.mean.value.length;
    const unit = (sigma2: number, mu: number) => sigma2 + mu * mu || 1;
    const units = tracked.variance.value.map((sigma2, c) => unit(sigma2, tracked.mean.value[c]!));
    const relative = (values: ArrayLike<number>, power: number) =>
      Float64Array.from({ length: perChannel }, (_, c) => values[c]! / units[c]! ** power);
    return compare(
      [...relative(mean.data, 0.5), ...relative(variance.data, 1)],
      [...relative(tracked.mean.value, 0.5), ...relative(tracked.variance.value, 1)],
      [...relative(tracked.mean.error, 0.5), ...relative(tracked.variance.error, 1)],
      1,
    );
  },
};

function squareErrors({ value, error }: Tracked): Float64Array {
  return error.map((each, i) => 2 * Math.abs(value[i]!) * each + each * each);
}
