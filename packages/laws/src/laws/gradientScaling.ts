import { compare, worst } from '../bounds/compare.js';
import { exactly, rounded, type Tracked } from '../bounds/tracked.js';
import { trackBias, trackInputGradient, trackKernelGradient, trackLinear } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { batchOf, constantValues, normalValues } from '../samples/batchSample.js';
import { layerOf } from '../samples/layerSample.js';
import type { NormalizedLayerGradient, StandardizerGradient } from '../subject.js';
import { scaledLayer } from './scaleInvariance.js';

/**
 * Law 2, through a dense or convolutional layer: the second of the two that the project is named for.
 *
 * Bound: the errors of both gradients, from those of z, ŷ and dz; see `trackLinear`,
 * `trackStandardizeGradient`.
 */
export const gradientScaling: Law<NormalizedLayerGradient, 'layer'> = {
  id: '2',
  title: '∂L/∂(aW) = (1/|a|)·∂L/∂W and ∂L/∂u picks up sgn(a)',
  statement:
    'Larger weights get smaller gradients, for any a ≠ 0, with ε/a² on the right. The paper writes 1/a, which holds for a > 0 only.',
  exact: true,
  samples: 'layer',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { u, kernel, dy } = layerOf(sample);
    const { a, epsilon } = sample;
    const scaled = scaledLayer(kernel, sample, roundoff);
    const zero = constantValues([sample.outputs], 0);
    const actual = await subject.normalizedLayerGradient(
      u,
      scaled.kernel.values,
      scaled.bias.values,
      dy,
      epsilon,
    );
    const plain = await subject.normalizedLayerGradient(u, kernel, zero, dy, epsilon / (a * a));

    const behind = (w: Tracked, b: Tracked, eps: number) => {
      const z = trackBias(trackLinear(exactly(u), w, subject), b, roundoff);
      const norm = trackStandardize(z, eps, roundoff);
      const dz = trackStandardizeGradient(exactly(dy), norm, roundoff);
      return {
        kernel: trackKernelGradient(exactly(u), dz, kernel.shape, subject),
        u: trackInputGradient(w, dz, u.shape, subject),
      };
    };
    const one = behind(scaled.kernel.tracked, scaled.bias.tracked, epsilon);
    const other = behind(exactly(kernel), exactly(zero), epsilon / (a * a));
    return worst([
      compare(
        actual.kernel.data,
        Float64Array.from(plain.kernel.data, (g) => g / Math.abs(a)),
        one.kernel.error.map((error, i) => error + other.kernel.error[i]! / Math.abs(a)),
        one.kernel.size,
      ),
      compare(
        actual.u.data,
        Float64Array.from(plain.u.data, (g) => Math.sign(a) * g),
        one.u.error.map((error, i) => error + other.u.error[i]!),
        one.u.size,
      ),
    ]);
  },
};

/** Law 2 for the normalization itself. */
export const gradientScalingBatch: Law<StandardizerGradient, 'scaledBatch'> = {
  id: '2-batch',
  title: '∂L/∂(a·x + b) = (1/|a|)·∂L/∂x',
  statement: 'The gradient of standardization at a·x + b with ε is that at x with ε/a², over |a|.',
  exact: true,
  samples: 'scaledBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const { a, epsilon } = sample;
    const shift = sample.b * Math.abs(a) * sample.scale;
    const mapped = rounded(
      Float64Array.from(x.data, (each) => a * each + shift),
      x.shape,
      roundoff,
    );
    const actual = await subject.standardizeGradient(mapped.values, dy, epsilon);
    const plain = await subject.standardizeGradient(x, dy, epsilon / (a * a));

    const behind = (input: Tracked, eps: number) =>
      trackStandardizeGradient(exactly(dy), trackStandardize(input, eps, roundoff), roundoff);
    const one = behind(mapped.tracked, epsilon);
    const other = behind(exactly(x), epsilon / (a * a));
    return compare(
      actual.data,
      Float64Array.from(plain.data, (g) => g / Math.abs(a)),
      one.error.map((error, i) => error + other.error[i]! / Math.abs(a)),
      one.channelSizes,
    );
  },
};
