import { compare, worst } from '../bounds/compare.js';
import { gamma, roundings } from '../bounds/roundoff.js';
import { trackAffine, trackInference } from '../bounds/trackAffine.js';
import { exactly, largest, type Tracked } from '../bounds/tracked.js';
import { trackBias, trackLinear } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { affineOf, statisticsOf } from '../samples/affineSample.js';
import { batchOf, normalValues } from '../samples/batchSample.js';
import type {
  BatchNorm,
  Folding,
  Inference,
  RunningStatistics,
  StatisticsGradient,
  StatisticsSubject,
} from '../subject.js';
import { channelsOf } from '../values.js';

/**
 * Law 18. Bound: on the left, the linear layer and inference; on the right, a kernel W·γ/s off by
 * an inverse root and two roundings, a bias (b − μ)γ/s + β off by those and two more of its terms,
 * and their linear layer.
 */
export const folding: Law<Folding & Inference, 'affineImages'> = {
  id: '18',
  title: 'Wu ∗ (γ/s) + β − μγ/s = BN_{γ,β}(Wu) in inference',
  statement: 'Batch norm by running statistics folds into the kernel and the bias before it.',
  exact: true,
  samples: 'affineImages',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { epsilon, seed } = sample;
    const u = batchOf(sample);
    const inputs = channelsOf(u.shape);
    const outputs = 3;
    const kernel = normalValues([inputs, outputs], seed, 'kernel');
    const bias = normalValues([outputs], seed, 'bias', { deviation: sample.scale });
    const wide = { ...sample, shape: [outputs] };
    const [affine, statistics] = [affineOf(wide), statisticsOf(wide)];
    const z = await subject.linear(u, kernel, bias);
    const unfolded = await subject.batchNormInfer(z, affine, statistics, epsilon);
    const folded = await subject.fold(kernel, bias, affine, statistics, epsilon);
    const actual = await subject.linear(u, folded.kernel, folded.bias);

    const [tAffine, tStatistics] = [trackedRecord(affine), trackedRecord(statistics)];
    const tz = trackBias(trackLinear(exactly(u), exactly(kernel), subject), exactly(bias), roundoff);
    const one = trackInference(tz, tAffine, tStatistics, epsilon, roundoff);
    const factor = gamma(roundings.inverseRoot + 4, roundoff);
    const g = affine.scale.data.map((scale, c) => scale / Math.sqrt(statistics.variance.data[c]! + epsilon));
    const foldedKernel = withError(
      Float64Array.from(kernel.data, (w, i) => w * g[i % outputs]!),
      Float64Array.from(kernel.data, (w, i) => factor * Math.abs(w * g[i % outputs]!)),
      kernel.shape,
    );
    const mean = statistics.mean.data;
    const offset = affine.offset.data;
    const foldedBias = withError(
      Float64Array.from(bias.data, (b, c) => (b - mean[c]!) * g[c]! + offset[c]!),
      Float64Array.from(
        bias.data,
        (b, c) => factor * ((Math.abs(b) + Math.abs(mean[c]!)) * Math.abs(g[c]!) + Math.abs(offset[c]!)),
      ),
      [outputs],
    );
    const other = trackBias(trackLinear(exactly(u), foldedKernel, subject), foldedBias, roundoff);
    return compare(
      actual.data,
      unfolded.data,
      one.error.map((error, i) => error + other.error[i]!),
      other.size,
    );
  },
};

/** Bound: the errors of the batch's statistics, of inference by them, and of the training output. */
export const inferenceByOwnStatistics: Law<Inference & BatchNorm & StatisticsSubject, 'affineBatch'> = {
  id: 'inference',
  title: 'infer(x; μ, σ²) = γŷ + β',
  statement: "Inference by a batch's own statistics is what training makes of it, for any ε.",
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { epsilon } = sample;
    const x = batchOf(sample);
    const affine = affineOf(sample);
    const statistics = await subject.statistics(x);
    const actual = await subject.batchNormInfer(x, affine, statistics, epsilon);
    const trained = await subject.batchNorm(x, affine, epsilon);
    const norm = trackStandardize(exactly(x), epsilon, roundoff);
    const one = trackInference(exactly(x), trackedRecord(affine), norm, epsilon, roundoff);
    const other = trackAffine(norm.y, exactly(affine.scale), exactly(affine.offset), roundoff);
    return compare(
      actual.data,
      trained.data,
      one.error.map((error, i) => error + other.error[i]!),
      other.size,
    );
  },
};

/** Bound: the decay's share of the errors of the batch's statistics, and four roundings of both terms. */
export const runningStatistics: Law<RunningStatistics, 'affineBatch'> = {
  id: 'running-statistics',
  title: 'v ← d·v + (1 − d)·σ², mean alike',
  statement:
    'A running statistic keeps the fraction d of itself and takes 1 − d of the batch, the variance biased.',
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const before = statisticsOf(sample);
    const after = await subject.moveStatistics(x, before, sample.decay);
    // At ε = 1 the standardization is defined for any batch; its statistics know no ε.
    const batch = trackStandardize(exactly(x), 1, roundoff);
    const d = sample.decay;
    const verdict = (key: 'mean' | 'variance') => {
      const old = before[key].data;
      const value = batch[key].value.map((own, c) => d * old[c]! + (1 - d) * own);
      const error = batch[key].error.map(
        (own, c) =>
          (1 - d) * own +
          gamma(4, roundoff) *
            (d * Math.abs(old[c]!) + (1 - d + roundoff) * (Math.abs(batch[key].value[c]!) + own)),
      );
      return compare(after[key].data, value, error, Math.max(largest(value), largest(old)));
    };
    return worst([verdict('mean'), verdict('variance')]);
  },
};

/** Bound: 0. */
export const statisticsCarryNoGradient: Law<StatisticsGradient, 'affineBatch'> = {
  id: 'constant-statistics',
  title: '∂(running statistics)/∂x = 0',
  statement: 'Nothing flows back through the running statistics.',
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const gradient = await subject.statisticsGradient(x, statisticsOf(sample), sample.decay);
    const zeros = new Float64Array(x.data.length);
    return compare(gradient.data, zeros, zeros, 1);
  },
};

function trackedRecord<K extends string>(
  record: Readonly<Record<K, { data: Float32Array | Float64Array; shape: readonly number[] }>>,
): Record<K, Tracked> {
  const tracked: Partial<Record<K, Tracked>> = {};
  for (const key of Object.keys(record) as K[]) tracked[key] = exactly(record[key]);
  return tracked as Record<K, Tracked>;
}

function withError(value: Float64Array, error: Float64Array, shape: readonly number[]): Tracked {
  return { shape, value, error, size: largest(value) };
}
