import { permutation, randomStream } from '@normlab/random';
import { apply, gather, known, mul } from '../judged.js';
import { defineLaw } from '../law.js';
import { constantValues } from '../samples/batchSample.js';
import { channelsOf } from '../values.js';

export const idempotence = defineLaw({
  id: '16-idempotence',
  title: 'BN∘BN_{γ,β} = sgn(γ)·BN',
  statement:
    'A second normalization removes gain and bias of the first, except for the sign of the gain, at ε = 0.',
  samples: 'affineBatch',
  needs: ['batchNorm'],
  async sides({ batchNorm }, { x, affine }) {
    const { scale, offset } = affine();
    const [ones, zeros] = [1, 0].map((each) => known(constantValues(scale.shape, each)));
    const plain = { scale: ones!, offset: zeros! };
    return [
      await batchNorm(await batchNorm(x, { scale, offset }, 0), plain, 0),
      mul(apply(scale, Math.sign), await batchNorm(x, plain, 0)),
    ];
  },
});

export const permutationEquivariance = defineLaw({
  id: '16-permutation',
  title: 'standardize(Px) = P·standardize(x)',
  statement: 'A normalization does not depend on the order of batch and space, for any permutation P.',
  samples: 'batch',
  needs: ['standardize'],
  async sides({ standardize }, { x, epsilon, seed }) {
    const channels = channelsOf(x.shape);
    const order = permutation(x.value.length / channels, randomStream(seed));
    const from = (i: number) => order[Math.floor(i / channels)]! * channels + (i % channels);
    return [
      await standardize(gather(x, x.shape, from), epsilon),
      gather(await standardize(x, epsilon), x.shape, from),
    ];
  },
});
