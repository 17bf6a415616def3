import { tCdf } from '../statistics/distributions.js';
import { pairedDifference, studentised } from '../statistics/pairedDifference.js';
import { type StepTimes, stepTimeRatios } from '../stepTimes.js';
import type { Judgement } from './claims.js';
import { type Evidence, hasSpread } from './evidence.js';

/** A step that is faster by less than this share is not faster in any sense that matters. */
const margin = -Math.log(0.98);

/**
 * Evidence in each network that was timed, from the logarithms of the ratios, round by round.
 *
 * For the claim: H₀ is "not faster". Against it: H₀ is "faster by 2 % or more".
 */
export function stepTimeEvidence(
  { arm, reference }: Extract<Judgement, { kind: 'step-time' }>,
  times: StepTimes | undefined,
): Evidence[] {
  if (times === undefined) return [];
  return stepTimeRatios(times, reference)
    .filter((each) => each.arm === arm)
    .map(({ network, logRatios }) => {
      const { n, mean, sd, interval, pBelow } = pairedDifference(logRatios);
      const isTest = hasSpread(sd);
      return {
        group: network,
        test: `step time of ${arm} below ${reference}`,
        ...{ n, estimate: mean, interval, level: 0.95, bound: margin, needed: null, leftOut: [] },
        pFor: isTest ? pBelow : null,
        pAgainst: isTest ? tCdf(-studentised(mean + margin, sd / Math.sqrt(n)), n - 1) : null,
      };
    });
}
