import { compare } from '../bounds/compare.js';
import { exactly, rounded, type Tracked } from '../bounds/tracked.js';
import { trackBias, trackLinear } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { batchOf, constantValues } from '../samples/batchSample.js';
import { type LayerSample, layerOf } from '../samples/layerSample.js';
import type { NormalizedLayer, Standardizer } from '../subject.js';
import type { Values } from '../values.js';

/**
 * Law 1, through a dense or convolutional layer: the first of the two that the project is named for.
 *
 * Bound: the error of ŷ behind aWu + b (rounded aW and b, sums over the fan-in, standardization) and
 * that behind Wu; see `trackLinear` and `trackStandardize`.
 */
export const scaleInvariantLayer: Law<NormalizedLayer, 'layer'> = {
  id: '1',
  title: 'BN_ε(aWu + b) = sgn(a)·BN_{ε/a²}(Wu)',
  statement:
    'A normalized dense or convolutional layer ignores the scale and the bias of its weights, for any a ≠ 0, b and ε. At ε = 0 and a > 0 this is BN(aWu) = BN(Wu).',
  exact: true,
  samples: 'layer',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { u, kernel } = layerOf(sample);
    const { a, epsilon } = sample;
    const scaled = scaledLayer(kernel, sample, roundoff);
    const zero = constantValues([sample.outputs], 0);
    const actual = await subject.normalizedLayer(u, scaled.kernel.values, scaled.bias.values, epsilon);
    const plain = await subject.normalizedLayer(u, kernel, zero, epsilon / (a * a));

    const behind = (w: Tracked, b: Tracked, eps: number) =>
      trackStandardize(trackBias(trackLinear(exactly(u), w, subject), b, roundoff), eps, roundoff).y;
    const one = behind(scaled.kernel.tracked, scaled.bias.tracked, epsilon);
    const other = behind(exactly(kernel), exactly(zero), epsilon / (a * a));
    return compare(
      actual.data,
      plain.data.map((y) => Math.sign(a) * y),
      one.error.map((error, i) => error + other.error[i]!),
      one.size,
    );
  },
};

/** Law 1 for the normalization itself, on a batch of rank 2 to 5. */
export const scaleInvariantBatch: Law<Standardizer, 'scaledBatch'> = {
  id: '1-batch',
  title: 'standardize_ε(a·x + b) = sgn(a)·standardize_{ε/a²}(x)',
  statement: 'Standardization ignores an affine map of its input, but for the sign, for any a ≠ 0, b and ε.',
  exact: true,
  samples: 'scaledBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const { a, epsilon } = sample;
    const shift = sample.b * Math.abs(a) * sample.scale;
    const mapped = rounded(
      Float64Array.from(x.data, (each) => a * each + shift),
      x.shape,
      roundoff,
    );
    const actual = await subject.standardize(mapped.values, epsilon);
    const plain = await subject.standardize(x, epsilon / (a * a));

    const one = trackStandardize(mapped.tracked, epsilon, roundoff).y;
    const other = trackStandardize(exactly(x), epsilon / (a * a), roundoff).y;
    return compare(
      actual.data,
      plain.data.map((y) => Math.sign(a) * y),
      one.error.map((error, i) => error + other.error[i]!),
      one.size,
    );
  },
};

/**
 * Law 1 as the paper writes it, with one ε on both sides.
 *
 * Bound: rounding as in {@link scaleInvariantBatch}, and what the two ε differ by:
 * (σ² + e)^−½ has slope ½(σ² + e)^−3⁄2 in e, so |dᵢ|·½·|ε − ε/a²|·(σ² + min(ε, ε/a²))^−3⁄2. Where that is more than
 * the larger side itself the law says nothing, and the bound is infinite.
 */
export const scaleInvariantAtOneEpsilon: Law<Standardizer, 'scaledBatch'> = {
  id: '1-one-epsilon',
  title: 'standardize_ε(a·x) ≈ sgn(a)·standardize_ε(x)',
  statement:
    "The paper's form, with the same ε on both sides: off by at most ½|ε − ε/a²|/(σ² + min(ε, ε/a²)), relatively.",
  exact: false,
  samples: 'scaledBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const { a, epsilon } = sample;
    const mapped = rounded(
      Float64Array.from(x.data, (each) => a * each),
      x.shape,
      roundoff,
    );
    const actual = await subject.standardize(mapped.values, epsilon);
    const plain = await subject.standardize(x, epsilon);

    const one = trackStandardize(mapped.tracked, epsilon, roundoff).y;
    const { y: other, mean, variance } = trackStandardize(exactly(x), epsilon, roundoff);
    const least = Math.min(epsilon, epsilon / (a * a));
    const epsilonTerm = (i: number) => {
      const channel = i % mean.value.length;
      const d = Math.abs(x.data[i]! - mean.value[channel]!);
      const slope = 0.5 * (variance.value[channel]! + least) ** -1.5;
      const larger = d * (variance.value[channel]! + least) ** -0.5;
      const term = d * slope * Math.abs(epsilon - epsilon / (a * a));
      return term <= larger ? term : Infinity;
    };
    return compare(
      actual.data,
      plain.data.map((y) => Math.sign(a) * y),
      one.error.map((error, i) => error + other.error[i]! + (epsilon > 0 ? epsilonTerm(i) : 0)),
      Math.max(one.size, other.size),
    );
  },
};

/** aW and b of a layer sample, as the subject is handed them. */
export function scaledLayer(
  kernel: Values,
  { a, b, kernelScale, inputScale, outputs }: LayerSample,
  roundoff: number,
) {
  const shift = b * Math.abs(a) * kernelScale * inputScale;
  return {
    kernel: rounded(
      Float64Array.from(kernel.data, (w) => a * w),
      kernel.shape,
      roundoff,
    ),
    bias: rounded(new Float64Array(outputs).fill(shift), [outputs], roundoff),
  };
}
