import { nameHint, OptionError } from '@normlab/errors';
import { checkSeed } from '@normlab/random';
import { getBackend } from '@tensorflow/tfjs-core';
import { check, checkRuns, type LawReport } from '../check.js';
import { laws } from '../laws/laws.js';
import type { CompleteSubject } from '../subject.js';
import { modelSubject } from './modelSubject.js';
import { opsSubject } from './opsSubject.js';
import { wasmConvolutions } from './wasmConvolutions.js';

export type SuiteOptions = {
  /** Samples a law; default 100. */
  readonly runs?: number;
  /** Decides every sample: the same seed puts the same samples to every backend. */
  readonly seed: number;
  /** Ids of the laws to check; default all. */
  readonly laws?: readonly string[];
  /** A clock in milliseconds, for `seconds` in the reports; `performance.now` where times are wanted. */
  readonly now?: () => number;
};

/** Our own operations, models and optimizers, on the backend that is active, judged by how that one computes. */
export const normlabSubject: CompleteSubject = {
  ...opsSubject,
  ...modelSubject,
  get tiledConvolutions() {
    return getBackend() === 'wasm' ? wasmConvolutions : [];
  },
};

/**
 * Puts every law to our own operations, models and optimizers, one after the other, on the tfjs
 * backend that is active. Reports come as they are ready.
 *
 * @throws OptionError for runs below 1, a seed that is none, or an unknown law, before anything runs
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
}: SuiteOptions): AsyncGenerator<LawReport> {
  const chosen = chooseLaws(ids);
  checkSeed('runSuite', seed);
  checkRuns('runSuite', runs);
  for (const law of chosen) {
    const begun = now?.();
    const report = await check(law, normlabSubject, { runs, seed });
    yield begun === undefined || now === undefined ? report : { ...report, seconds: (now() - begun) / 1000 };
  }
}

function chooseLaws(ids: readonly string[] | undefined) {
  if (ids === undefined) return laws;
  const valid = laws.map(({ id }) => id);
  for (const id of ids) {
    if (!valid.includes(id)) {
      throw new OptionError({
        where: 'runSuite',
        what: 'laws',
        rule: 'hold ids of laws',
        got: id,
        hint: nameHint(id, valid),
      });
    }
  }
  return laws.filter(({ id }) => ids.includes(id));
}
