import { BackendError, nameHint, OptionError } from '@normlab/errors';
import { checkSeed } from '@normlab/random';
import { getBackend, getGradient } from '@tensorflow/tfjs-core';
import { type AbsoluteReport, reportOf } from '../absolute/absoluteCheck.js';
import { absoluteChecks } from '../absolute/absoluteChecks.js';
import { check, checkRuns, type LawReport } from '../check.js';
import { laws } from '../laws/laws.js';
import type { Subject } from '../subject.js';
import { activePrecision } from './activePrecision.js';
import { modelSubject } from './modelSubject.js';
import { opsSubject } from './opsSubject.js';

export type SuiteOptions = {
  /** Samples a law; default 100. */
  readonly runs?: number;
  /** Decides every sample: the same seed puts the same samples to every backend. */
  readonly seed: number;
  /** Ids of the laws and absolute checks to put; default all. */
  readonly laws?: readonly string[];
  /** A clock in milliseconds, for `seconds` in the reports; `performance.now` where times are wanted. */
  readonly now?: () => number;
};

/** Our own operations, models and optimizers, on the backend that is active, judged by how that one computes. */
export const normlabSubject: Subject = {
  ...opsSubject,
  ...modelSubject,
  get tiledConvolutions() {
    return activePrecision().tiledConvolutions;
  },
};

/** What became of a law or of an absolute check; the latter has `absolute: true`. */
export type SuiteReport = LawReport | AbsoluteReport;

/**
 * Puts every absolute check, then every law, to our own operations, models and optimizers, one after the other, on the
 * tfjs backend that is active. Reports come as they are ready.
 *
 * The absolute checks take no samples: what they compare is fixed. They come first, since laws say little about a
 * backend that fails them.
 *
 * @throws OptionError for runs below 1, a seed that is none, or an unknown law, before anything runs
 * @throws BackendError where no backend is active, or gradients are not registered
 *
 * @example
 * ```ts
 * for await (const { id, holds, largestError, bound } of runSuite({ runs: 100, seed: 1 })) {
 *   console.log(id, holds, largestError, bound);
 * }
 * ```
 */
export async function* runSuite({
  runs = 100,
  seed,
  laws: ids,
  now,
}: SuiteOptions): AsyncGenerator<SuiteReport> {
  const chosen = choose(ids);
  checkSeed('runSuite', seed);
  checkRuns('runSuite', runs);
  checkBackend();
  for (const each of chosen) {
    const begun = now?.();
    const report =
      'measure' in each ? await reportOf(each) : await check(each, normlabSubject, { runs, seed });
    yield begun === undefined || now === undefined ? report : { ...report, seconds: (now() - begun) / 1000 };
  }
}

/** Without a backend every law would fall, and say no more than that. */
function checkBackend(): void {
  const hint = "call await openBackend('wasm') of @normlab/backends first";
  const where = 'runSuite';
  if (!getBackend()) {
    throw new BackendError({ where, what: 'a tfjs backend', rule: 'be active', got: 'none', hint });
  }
  if (getGradient('Conv2D') === undefined) {
    throw new BackendError({
      where,
      what: 'the gradients of tfjs',
      rule: 'be registered',
      got: 'none',
      hint,
    });
  }
}

function choose(ids: readonly string[] | undefined) {
  const all = [...absoluteChecks, ...laws];
  if (ids === undefined) return all;
  const valid = all.map(({ id }) => id);
  for (const id of ids) {
    if (!valid.includes(id)) {
      throw new OptionError({
        where: 'runSuite',
        what: 'laws',
        rule: 'hold ids of laws or absolute checks',
        got: id,
        hint: nameHint(id, valid),
      });
    }
  }
  return all.filter(({ id }) => ids.includes(id));
}
