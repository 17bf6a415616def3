import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  binomialInterval,
  differencePower,
  equivalence,
  equivalencePower,
  noncentralTCdf,
  pairedDifference,
  signFlipTest,
  signTest,
  summarize,
  welch,
} from '../../src/index.js';

type Numbers = Readonly<Record<string, number>> & { readonly values: number[]; readonly interval: number[] };
type Case = Numbers & { readonly reference: number[] };

const vectors: Readonly<Record<string, readonly Case[]>> = JSON.parse(
  readFileSync(new URL('../../../../vectors/statistics/statistics.json', import.meta.url), 'utf8'),
);

/**
 * Both sides compute in float64 with a relative error of a few 2⁻⁵³ per operation, which the condition of the sample
 * multiplies: by 350 for the mean and sd of values near .73 with an sd near .002, and for p values by another factor
 * t²/(1 + t²/ν) ≤ ν per relative error of t. 1e-9 is still 1000 times larger.
 */
const tolerance = 1e-9;

/** Simpson's rule with 1000 panels: its error is below 1e-8 (see overSpread), far above float64's. */
const quadrature = 1e-8;

function expectNear(actual: number | null | undefined, wanted: number | undefined, bound = tolerance) {
  expect(wanted).toBeTypeOf('number');
  expect(actual).toBeTypeOf('number');
  expect(Math.abs(actual! - wanted!)).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(wanted!)));
}

function expectSame(actual: readonly number[] | null, wanted: readonly number[]) {
  expect(actual).toHaveLength(wanted.length);
  for (const [index, each] of wanted.entries()) expectNear(actual?.[index], each);
}

describe('statistics equal SciPy on fixed data', () => {
  it.each(vectors.oneSample!)('summarize and pairedDifference of $values', (wanted) => {
    const summary = summarize(wanted.values);
    expectNear(summary.mean, wanted.mean);
    expectNear(summary.sd, wanted.sd);
    expectSame(summary.interval, wanted.interval);
    const test = pairedDifference(wanted.values);
    expectNear(test.t, wanted.t);
    expectNear(test.p, wanted.p);
    expectNear(test.pBelow, wanted.pBelow);
    expectNear(test.pAbove, wanted.pAbove);
  });

  it.each(vectors.tost!)('equivalence of $values within $margin', (wanted) => {
    const result = equivalence(wanted.values, { margin: wanted.margin! });
    expectNear(result.p, wanted.p);
    expectSame(result.interval, wanted.interval);
  });

  it.each(vectors.signFlip!)('signFlipTest of $values', (wanted) => {
    expectNear(signFlipTest(wanted.values).p, wanted.p);
  });

  it.each(vectors.signTest!)('signTest of $values', (wanted) => {
    const result = signTest(wanted.values);
    expectNear(result.median, wanted.median);
    expect(result.interval).toEqual(wanted.interval);
    expectNear(result.pBelow, wanted.pBelow);
    expectNear(result.pAbove, wanted.pAbove);
  });

  it.each(vectors.welch!)('welch of $values and $reference', (wanted) => {
    const result = welch(wanted.values, wanted.reference);
    expectNear(result.t, wanted.t);
    expectNear(result.freedom, wanted.freedom);
    expectNear(result.p, wanted.p);
    expectSame(result.interval, wanted.interval);
  });

  it.each(vectors.clopperPearson!)('binomialInterval of $successes in $trials', (wanted) => {
    const { successes, trials, level } = wanted;
    expectSame(binomialInterval(successes!, trials!, { level: level! }), wanted.interval);
  });

  it.each(vectors.noncentralT!)('noncentralTCdf of $t, $freedom, $noncentrality', (wanted) => {
    expectNear(noncentralTCdf(wanted.t!, wanted.freedom!, wanted.noncentrality!), wanted.p, quadrature);
  });

  it.each(vectors.differencePower!)('differencePower with $n pairs', (wanted) => {
    const { n, sd, effect, alpha } = wanted;
    const power = differencePower({ n: n!, sd: sd!, effect: effect!, alpha: alpha! });
    expectNear(power, wanted.power, 2 * quadrature);
  });

  it.each(vectors.equivalencePower!)('equivalencePower with $n pairs', (wanted) => {
    const { n, sd, effect, margin, alpha } = wanted;
    const power = equivalencePower({ n: n!, sd: sd!, effect: effect!, margin: margin!, alpha: alpha! });
    expectNear(power, wanted.power, quadrature);
  });
});
