import { NormlabError, OptionError, refuseOthers } from '@normlab/errors';
import { checkSeed } from '@normlab/random';
import * as fc from 'fast-check';
import { arbitraries } from './arbitraries/arbitraries.js';
import { judge, severity, type Verdict } from './judge.js';
import type { Law } from './law.js';
import type { SampleKind, Samples } from './samples/samples.js';
import type { OperationName, Subject } from './subject.js';

export type CheckOptions = {
  /** Samples to draw; default 100. */
  readonly runs?: number;
  /** Determines every sample. */
  readonly seed: number;
};

/** The result of checking a law on a subject. */
export type LawReport = {
  readonly id: string;
  readonly title: string;
  readonly exact: boolean;
  readonly holds: boolean;
  /** Error and bound of the sample nearest to its bound, in units of the natural size of the compared quantity. */
  readonly largestError: number;
  readonly bound: number;
  /**
   * The median bound, in the same units: the largest error that the law cannot detect on a typical sample. Of the samples
   * up to the first that fails; NaN if the subject throws on the first.
   */
  readonly medianBound: number;
  /** The number of samples that were judged. */
  readonly runs: number;
  /** The number of samples that were drawn again because their bound was infinite. */
  readonly redrawn: number;
  readonly seconds?: number;
  readonly counterexample?: Counterexample;
};

/** The smallest sample found on which a law fails, with the verdict and what is needed to repeat it. */
export type Counterexample = Verdict & {
  /** `judge` repeats the verdict on it. */
  readonly sample: Samples[SampleKind];
  /** The seed of the run. */
  readonly seed: number;
};

/**
 * Checks a law on random samples, and shrinks a sample on which it fails.
 *
 * Samples with an infinite bound are drawn again.
 *
 * @throws OptionError for runs below 1 or an invalid seed, before anything is drawn
 * @throws NormlabError if almost no sample has a finite bound
 *
 * @example
 * ```ts
 * const report = await check(scaleInvariantBatch, subject, { runs: 100, seed: 1 });
 * report.holds; // true, or report.counterexample says where it does not
 * ```
 */
export async function check<Name extends OperationName, Kind extends SampleKind>(
  law: Law<Name, Kind>,
  subject: Subject<NoInfer<Name>>,
  { runs = 100, seed, ...others }: CheckOptions,
): Promise<LawReport> {
  refuseOthers('check', others, ['runs', 'seed']);
  checkRuns('check', runs);
  checkSeed('check', seed);
  let nearest: Verdict = { error: 0, bound: Infinity };
  const bounds: number[] = [];
  let hasFallen = false;
  const property = fc.asyncProperty(arbitraries[law.samples](), async (sample) => {
    const verdict = await judge(law, subject, sample);
    fc.pre(Number.isFinite(verdict.bound));
    if (severity(verdict) > severity(nearest)) nearest = verdict;
    const holds = verdict.error <= verdict.bound;
    // After a failure, samples are no longer drawn but shrunk. A verdict with a reason has no bound.
    if (!hasFallen && verdict.reason === undefined) bounds.push(verdict.bound);
    if (!holds) hasFallen = true;
    return holds;
  });
  const details = await fc.check(property, { numRuns: runs, seed: seed | 0, maxSkipsPerRun: 100 });
  const common = {
    id: law.id,
    title: law.title,
    exact: law.exact,
    medianBound: median(bounds),
    runs: details.numRuns,
    redrawn: details.numSkips,
  };
  if (!details.failed) {
    return { ...common, holds: true, largestError: nearest.error, bound: nearest.bound };
  }
  if (details.counterexample === null) {
    const rule = 'have a finite bound on at least one of a hundred samples';
    throw new NormlabError({ where: 'check', what: `law ${law.id}`, rule });
  }
  const [sample] = details.counterexample;
  const verdict = await judge(law, subject, sample);
  return {
    ...common,
    holds: false,
    largestError: verdict.error,
    bound: verdict.bound,
    counterexample: { sample, ...verdict, seed },
  };
}

/** @throws OptionError unless there is at least one run. */
export function checkRuns(where: string, runs: number): void {
  if (Number.isInteger(runs) && runs >= 1) return;
  throw new OptionError({ where, what: 'runs', rule: 'be an integer ≥ 1', got: runs });
}

/** The median, the lower of two middle values; NaN without values. */
function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? Number.NaN;
}
