import { compare } from '../bounds/compare.js';
import { exactly, rounded } from '../bounds/tracked.js';
import { trackForward } from '../bounds/trackNetwork.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { NetworkOutput } from '../subject.js';

/** Law 17. Bound: the errors of the logits on both sides, the rounding of a·images included. */
export const inputScale: Law<NetworkOutput, 'network'> = {
  id: '17',
  title: 'logits(a·x) = logits(x)',
  statement:
    'A network whose first convolution has no bias and is normalized ignores a global scale a > 0 of its input, at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { network, a } = sample;
    const params = paramsOf(sample);
    const { images } = labelledBatchOf(sample);
    const scaled = rounded(
      Float64Array.from(images.data, (x) => a * x),
      images.shape,
      roundoff,
    );
    const actual = await subject.logits(network, params, scaled.values);
    const plain = await subject.logits(network, params, images);

    const exactParams = Object.fromEntries(
      Object.entries(params).map(([path, values]) => [path, exactly(values)]),
    );
    const one = trackForward(network, exactParams, scaled.tracked, subject).logits;
    const other = trackForward(network, exactParams, exactly(images), subject).logits;
    return compare(
      actual.data,
      plain.data,
      one.error.map((error, i) => error + other.error[i]!),
      other.size,
    );
  },
};
