import { compare } from '../bounds/compare.js';
import { trackAffine } from '../bounds/trackAffine.js';
import { exactly, rounded, type Tracked } from '../bounds/tracked.js';
import { trackLinear } from '../bounds/trackLinear.js';
import { trackPointwise } from '../bounds/trackPointwise.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { affineOf } from '../samples/affineSample.js';
import { batchOf, constantValues, normalValues } from '../samples/batchSample.js';
import type { ActivatedLayer, Nonlinearity } from '../subject.js';
import { channelsOf } from '../values.js';

/** Law 15 for one f; it holds where f(γx) = γf(x) for γ > 0. */
export function gainAbsorption(nonlinearity: Nonlinearity): Law<ActivatedLayer, 'affineImages'> {
  return {
    id: `15-${nonlinearity}`,
    title: `f(γŷ + β)∗W = f(ŷ + β/γ)∗(γW), f = ${nonlinearity}`,
    statement:
      'A positive gain before a positively homogeneous f can move into the next weights: relu, prelu, max pool. False for tanh.',
    exact: true,
    samples: 'affineImages',
    /** Bound: the errors of both sides through standardization, gain and bias, f (slope ≤ 1) and the sums of W. */
    async holds(subject, sample) {
      const roundoff = roundoffOf(subject);
      const { epsilon, seed } = sample;
      const x = batchOf(sample);
      const channels = channelsOf(x.shape);
      const outputs = 2;
      const kernel = normalValues([channels, outputs], seed, 'kernel');
      const affine = affineOf(sample, { positive: true });
      const { data: gain } = affine.scale;
      const offset = rounded(
        Float64Array.from(affine.offset.data, (beta, c) => beta / gain[c]!),
        [channels],
        roundoff,
      );
      const taken = rounded(
        Float64Array.from(kernel.data, (w, i) => gain[Math.floor(i / outputs)]! * w),
        kernel.shape,
        roundoff,
      );
      const ones = constantValues([channels], 1);
      const before = await subject.activatedLayer(x, affine, nonlinearity, kernel, epsilon);
      const moved = { scale: ones, offset: offset.values };
      const after = await subject.activatedLayer(x, moved, nonlinearity, taken.values, epsilon);

      const y = trackStandardize(exactly(x), epsilon, roundoff).y;
      const behind = (scale: Tracked, shift: Tracked, w: Tracked) =>
        trackLinear(
          trackPointwise(trackAffine(y, scale, shift, roundoff), nonlinearity, roundoff),
          w,
          subject,
        );
      const one = behind(exactly(affine.scale), exactly(affine.offset), exactly(kernel));
      const other = behind(exactly(ones), offset.tracked, taken.tracked);
      return compare(
        before.data,
        after.data,
        one.error.map((error, i) => error + other.error[i]!),
        one.size,
      );
    },
  };
}
