import { signTest } from '../statistics/signTest.js';
import { type StepTimes, stepTimeRatios } from '../stepTimes.js';
import type { Judgement } from './claims.js';
import type { Evidence } from './evidence.js';

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
      const { n, median, interval, pBelow } = signTest(logRatios);
      return {
        group: network,
        test: `step time of ${arm} below ${reference}`,
        ...{ n, estimate: median, interval, level: 0.95, bound: margin, needed: null, leftOut: [] },
        pFor: pBelow,
        pAgainst: signTest(logRatios.map((each) => each + margin)).pAbove,
      };
    });
}
