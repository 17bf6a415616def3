import { compare, fallen, lacksNumbers } from '../bounds/compare.js';
import { exactly, type Tracked } from '../bounds/tracked.js';
import { trackBias, trackBiasGradient, trackKernelGradient, trackLinear } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { batchOf, normalValues } from '../samples/batchSample.js';
import { layerOf } from '../samples/layerSample.js';
import type { NormalizedLayerGradient, Standardizer, StandardizerGradient } from '../subject.js';
import { channelsOf } from '../values.js';
import { channelProducts, channelSums } from './channelSums.js';
import { scaledLayer } from './scaleInvariance.js';

/** Law 4. Bound: the sum of the errors of dz. */
export const gradientSumsToZero: Law<StandardizerGradient, 'batch'> = {
  id: '4',
  title: 'Σdz = 0',
  statement: 'The gradient before a normalization sums to zero over every channel, for any ε.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const dz = await subject.standardizeGradient(x, dy, sample.epsilon);
    const tracked = trackStandardizeGradient(
      exactly(dy),
      trackStandardize(exactly(x), sample.epsilon, roundoff),
      roundoff,
    );
    if (lacksNumbers(dz.data, tracked.error)) return fallen;
    const channels = channelsOf(x.shape);
    return compare(
      channelSums(dz.data, channels),
      new Float64Array(channels),
      channelSums(tracked.error, channels),
      tracked.channelSizes.map((size) => size * (x.data.length / channels)),
    );
  },
};

/** Law 4 for a layer's bias. Bound: the errors of dz, and those of their sum. */
export const biasHasNoGradient: Law<NormalizedLayerGradient, 'layer'> = {
  id: '4-bias',
  title: '∂BN(Wu + b)/∂b = 0',
  statement: 'The bias of a dense or convolutional layer before a normalization has gradient 0, for any ε.',
  exact: true,
  samples: 'layer',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { u, kernel, dy } = layerOf(sample);
    const { bias } = scaledLayer(kernel, { ...sample, a: 1 }, roundoff);
    const { bias: actual } = await subject.normalizedLayerGradient(
      u,
      kernel,
      bias.values,
      dy,
      sample.epsilon,
    );
    const z = trackBias(trackLinear(exactly(u), exactly(kernel), subject), bias.tracked, roundoff);
    const norm = trackStandardize(z, sample.epsilon, roundoff);
    const tracked = trackBiasGradient(trackStandardizeGradient(exactly(dy), norm, roundoff), roundoff);
    return compare(actual.data, new Float64Array(sample.outputs), tracked.error, tracked.size);
  },
};

/** Law 5. Bound: Σ((|ŷ| + eŷ)·e_dz + |dz|·eŷ). */
export const gradientAlongOutput: Law<Standardizer & StandardizerGradient, 'batch'> = {
  id: '5',
  title: 'Σŷ·dz = ε(σ² + ε)^(−3/2)·Σδŷ',
  statement: 'The gradient has a component along the output only by ε; at ε = 0 it has none.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { epsilon } = sample;
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const y = await subject.standardize(x, epsilon);
    const dz = await subject.standardizeGradient(x, dy, epsilon);

    const norm = trackStandardize(exactly(x), epsilon, roundoff);
    const gradient = trackStandardizeGradient(exactly(dy), norm, roundoff);
    if (lacksNumbers(y.data, norm.y.error) || lacksNumbers(dz.data, gradient.error)) return fallen;
    const channels = channelsOf(x.shape);
    const errors = norm.y.error.map(
      (yError, i) =>
        (Math.abs(norm.y.value[i]!) + yError) * gradient.error[i]! + Math.abs(gradient.value[i]!) * yError,
    );
    return compare(
      channelProducts(y.data, dz.data, channels),
      channelProducts(dy.data, norm.y.value, channels).map(
        (sum, c) => epsilon * norm.deviation[c]! ** -3 * sum,
      ),
      channelSums(errors, channels),
      gradient.channelSizes.map((size) => norm.y.size * size * (x.data.length / channels)),
    );
  },
};

/** Law 6 (Arora 2018). Bound: Σ|W|·e over the errors of the kernel's gradient. */
export const gradientAlongWeights: Law<NormalizedLayerGradient, 'layer'> = {
  id: '6',
  title: '⟨W_k, ∂L/∂W_k⟩ = ε/(σ² + ε)·Σδŷ',
  statement: "A channel's weights are orthogonal to their gradient, but for ε.",
  exact: true,
  samples: 'layer',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { epsilon, outputs } = sample;
    const { u, kernel, dy } = layerOf(sample);
    const { bias } = scaledLayer(kernel, { ...sample, a: 1 }, roundoff);
    const { kernel: gradient } = await subject.normalizedLayerGradient(u, kernel, bias.values, dy, epsilon);

    const z = trackBias(trackLinear(exactly(u), exactly(kernel), subject), bias.tracked, roundoff);
    const norm = trackStandardize(z, epsilon, roundoff);
    const dz = trackStandardizeGradient(exactly(dy), norm, roundoff);
    const tracked: Tracked = trackKernelGradient(exactly(u), dz, kernel.shape, subject);
    if (lacksNumbers(gradient.data, tracked.error)) return fallen;
    return compare(
      channelProducts(kernel.data, gradient.data, outputs),
      channelProducts(dy.data, norm.y.value, outputs).map(
        (sum, c) => (epsilon / norm.deviation[c]! ** 2) * sum,
      ),
      channelProducts(tracked.error, kernel.data.map(Math.abs), outputs),
      tracked.size * Math.max(...kernel.data.map(Math.abs)) * (kernel.data.length / outputs),
    );
  },
};
