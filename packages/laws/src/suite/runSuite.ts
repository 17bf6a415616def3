import { BackendError, nameHint, OptionError, refuseOthers } from '@normlab/errors';
import { checkSeed } from '@normlab/random';
import { getBackend, getGradient, ready } from '@tensorflow/tfjs-core';
import { type AbsoluteReport, reportOf } from '../absolute/absoluteCheck.js';
import { absoluteChecks } from '../absolute/absoluteChecks.js';
import { check, checkRuns, type LawReport } from '../check.js';
import { laws } from '../laws/laws.js';
import type { Subject } from '../subject.js';
import { activePrecision } from './activePrecision.js';
import { modelSubject } from './modelSubject.js';
import { opsSubject } from './opsSubject.js';

export type SuiteOptions = {
  /** Samples per law; default 100. */
  readonly runs?: number;
  /** Determines every sample: with the same seed, every backend gets the same samples. */
  readonly seed: number;
  /** Ids of the laws and absolute checks to run; default all. */
  readonly laws?: readonly string[];
  /** A clock in milliseconds, such as `performance.now`; without it, the reports have no `seconds`. */
  readonly now?: () => number;
};

/** normlab's operations, models and optimizers on the active backend, with the precision of that backend. */
export const normlabSubject: Subject = {
  ...opsSubject,
  ...modelSubject,
  get tiledConvolutions() {
    return activePrecision().tiledConvolutions;
  },
};

/** The result of a law or of an absolute check; the latter has `absolute: true`. */
export type SuiteReport = LawReport | AbsoluteReport;

/**
 * Runs every absolute check, then every law of batch norm, on normlab's operations, models and optimizers on the active
 * tfjs backend. Yields each report when it is ready. The laws of other normalizations (`normalizationLaws`) need other
 * subjects: see `check`.
 *
 * The absolute checks have fixed inputs, no samples. They come first, since laws say little about a backend that fails
 * them.
 *
 * @throws OptionError for runs below 1, an invalid seed, or an unknown law, before anything runs
 * @throws BackendError if no backend is registered, or no gradients are
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
  ...others
}: SuiteOptions): AsyncGenerator<SuiteReport> {
  refuseOthers('runSuite', others, ['runs', 'seed', 'laws', 'now']);
  const chosen = choose(ids);
  checkSeed('runSuite', seed);
  checkRuns('runSuite', runs);
  await checkBackend();
  for (const each of chosen) {
    const begun = now?.();
    const report =
      'measure' in each ? await reportOf(each) : await check(each, normlabSubject, { runs, seed });
    yield begun === undefined || now === undefined ? report : { ...report, seconds: (now() - begun) / 1000 };
  }
}

/** Starts the backend that tfjs would choose, if none is active. Without any, every law would fail. */
async function checkBackend(): Promise<void> {
  const hint = "call await openBackend('wasm') of @normlab/backends first";
  const where = 'runSuite';
  if (!getBackend()) {
    await ready().catch((cause: unknown) => {
      const complaint = { where, what: 'a tfjs backend', rule: 'be active', got: 'none', hint };
      throw new BackendError(complaint, { cause });
    });
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
