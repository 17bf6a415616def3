import { permutation, randomStream } from '@normlab/random';
import { compare } from '../bounds/compare.js';
import { trackAffine } from '../bounds/trackAffine.js';
import { exactly } from '../bounds/tracked.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { affineOf } from '../samples/affineSample.js';
import { batchOf, constantValues } from '../samples/batchSample.js';
import type { BatchNorm, Standardizer } from '../subject.js';
import { channelsOf } from '../values.js';

/**
 * Law 16. Bound: the error of γŷ + β carried through a second standardization, and that of ŷ.
 */
export const idempotence: Law<BatchNorm, 'affineBatch'> = {
  id: '16-idempotence',
  title: 'BN∘BN_{γ,β} = sgn(γ)·BN',
  statement:
    'A second normalization undoes gain and bias of the first, but for the sign of the gain, at ε = 0.',
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const x = batchOf(sample);
    const channels = channelsOf(x.shape);
    const affine = affineOf(sample);
    const plain = { scale: constantValues([channels], 1), offset: constantValues([channels], 0) };
    const once = await subject.batchNorm(x, affine, 0);
    const twice = await subject.batchNorm(once, plain, 0);
    const y = await subject.batchNorm(x, plain, 0);

    const tracked = trackStandardize(exactly(x), 0, roundoff).y;
    const first = trackAffine(tracked, exactly(affine.scale), exactly(affine.offset), roundoff);
    const second = trackStandardize(first, 0, roundoff).y;
    return compare(
      twice.data,
      y.data.map((each, i) => Math.sign(affine.scale.data[i % channels]!) * each),
      second.error.map((error, i) => error + tracked.error[i]!),
      tracked.size,
    );
  },
};

/** Law 16. Bound: twice the error of ŷ, for the sums are taken in another order. */
export const permutationEquivariance: Law<Standardizer, 'batch'> = {
  id: '16-permutation',
  title: 'standardize(Px) = P·standardize(x)',
  statement: 'A normalization does not know the order of batch and space, for any permutation P.',
  exact: true,
  samples: 'batch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const channels = channelsOf(x.shape);
    const order = permutation(x.data.length / channels, randomStream(sample.seed));
    const from = (i: number) => order[Math.floor(i / channels)]! * channels + (i % channels);
    const permuted = { data: x.data.map((_, i) => x.data[from(i)]!), shape: x.shape };
    const actual = await subject.standardize(permuted, sample.epsilon);
    const y = await subject.standardize(x, sample.epsilon);
    const tracked = trackStandardize(exactly(x), sample.epsilon, roundoffOf(subject)).y;
    return compare(
      actual.data,
      y.data.map((_, i) => y.data[from(i)]!),
      tracked.error.map((_, i) => 2 * tracked.error[from(i)]!),
      tracked.size,
    );
  },
};
