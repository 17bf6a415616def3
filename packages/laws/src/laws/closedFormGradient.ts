import { compare, worst } from '../bounds/compare.js';
import { trackScaled, trackScaleGradient } from '../bounds/trackAffine.js';
import { exactly, type Tracked } from '../bounds/tracked.js';
import { trackBiasGradient } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { affineOf } from '../samples/affineSample.js';
import { batchOf, normalValues } from '../samples/batchSample.js';
import type { BatchNormGradient, StandardizerGradient } from '../subject.js';
import { channelsOf, type Values } from '../values.js';

/** Law 3. Bound: that of `trackStandardizeGradient`. */
export const closedFormGradient: Law<StandardizerGradient, 'batch'> = {
  id: '3',
  title: 'dz = (δ − mean δ − ŷ·mean(δŷ))/s',
  statement: 'The gradient of standardization in closed form, s = √(σ² + ε).',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const actual = await subject.standardizeGradient(x, dy, sample.epsilon);
    const norm = trackStandardize(exactly(x), sample.epsilon, roundoff);
    return against(actual, trackStandardizeGradient(exactly(dy), norm, roundoff));
  },
};

/** Law 3 with gain and bias. Bounds: dx as above with δγ for δ; dγ and dβ as sums of m products. */
export const affineGradient: Law<BatchNormGradient, 'affineBatch'> = {
  id: '3-affine',
  title: 'dγ = Σδŷ, dβ = Σδ, dz = (δγ − mean δγ − ŷ·mean(δγŷ))/s',
  statement: 'The gradients of batch norm with gain γ and bias β in closed form.',
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const dy = normalValues(x.shape, sample.seed, 'dy');
    const affine = affineOf(sample);
    const actual = await subject.batchNormGradient(x, affine, dy, sample.epsilon);

    const norm = trackStandardize(exactly(x), sample.epsilon, roundoff);
    const scaled = trackScaled(exactly(dy), exactly(affine.scale), roundoff);
    return worst([
      against(actual.x, trackStandardizeGradient(scaled, norm, roundoff)),
      against(actual.scale, trackScaleGradient(exactly(dy), norm.y, channelsOf(x.shape), roundoff)),
      against(actual.offset, trackBiasGradient(exactly(dy), roundoff)),
    ]);
  },
};

function against(actual: Values, expected: Tracked & { readonly channelSizes?: Float64Array }) {
  return compare(actual.data, expected.value, expected.error, expected.channelSizes ?? expected.size);
}
