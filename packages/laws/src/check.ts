import { NormlabError, OptionError } from '@normlab/errors';
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
  /** Decides every sample. */
  readonly seed: number;
};

/** What became of a law that was put to a subject. */
export type LawReport = {
  readonly id: string;
  readonly title: string;
  readonly exact: boolean;
  readonly holds: boolean;
  /** Error and bound of the run nearest to its bound, in units of the natural size of what is compared. */
  readonly largestError: number;
  readonly bound: number;
  /** The bound of the middle run, in the same units: how much a law can overlook on a usual sample. */
  readonly medianBound: number;
  /** Samples that were judged. */
  readonly runs: number;
  /** Samples that were drawn again, since the arithmetic can say nothing about them. */
  readonly redrawn: number;
  readonly seconds?: number;
  readonly counterexample?: Counterexample;
};

/** The smallest sample found on which a law falls, what it falls by, and how to meet it again. */
export type Counterexample = Verdict & {
  /** Give it to `judge`. */
  readonly sample: Samples[SampleKind];
  /** The seed of the run. */
  readonly seed: number;
};

/**
 * Puts a law to a subject on random samples, and shrinks what it falls on.
 *
 * Samples that the arithmetic can say nothing about (an infinite bound) are drawn again.
 *
 * @throws OptionError for runs below 1 or a seed that is none, before anything is drawn
 * @throws NormlabError if hardly a sample can be judged
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
  { runs = 100, seed }: CheckOptions,
): Promise<LawReport> {
  checkRuns('check', runs);
  checkSeed('check', seed);
  let nearest: Verdict = { error: 0, bound: Infinity };
  const bounds: number[] = [];
  const property = fc.asyncProperty(arbitraries[law.samples](), async (sample) => {
    const verdict = await judge(law, subject, sample);
    fc.pre(Number.isFinite(verdict.bound));
    if (severity(verdict) > severity(nearest)) nearest = verdict;
    if (bounds.length < runs) bounds.push(verdict.bound);
    return verdict.error <= verdict.bound;
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

/** The middle of some numbers, the lower of two; NaN of none. */
function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? Number.NaN;
}
