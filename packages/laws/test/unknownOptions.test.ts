import * as laws from '@normlab/laws';
import { runSuite, type SuiteOptions } from '@normlab/laws/suite';
import { everyOption, refusesUnknownOptions } from '@normlab/testing';

// JavaScript's view of the package: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const loose = { ...laws, runSuite } as unknown as Loose;
const wrong = { $: 1 };

refusesUnknownOptions([
  [
    'check',
    everyOption<laws.CheckOptions>({ runs: true, seed: true }),
    () => loose.check!(undefined, undefined, wrong),
  ],
  [
    'runSuite',
    everyOption<SuiteOptions>({ runs: true, seed: true, laws: true, now: true }),
    () => (loose.runSuite!(wrong) as AsyncGenerator).next(),
  ],
]);
