import * as experiments from '@normlab/experiments';
import { everyOption, refusesUnknownOptions } from '@normlab/testing';

// JavaScript's view of the package: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const loose = experiments as unknown as Loose;
const [wrong, none] = [{ $: 1 }, undefined];

type Optional<F> = F extends (values: never, options?: infer Options) => unknown ? Options : never;

const level = everyOption<{ level: number }>({ level: true });

refusesUnknownOptions([
  [
    'analyse',
    everyOption<experiments.AnalyseOptions>({
      recordings: true,
      stepTimes: true,
      decideNothing: true,
      dependsOn: true,
    }),
    () => loose.analyse!(none, none, wrong),
  ],
  [
    'differencesBetween',
    everyOption<experiments.DifferencesOptions>({
      onPurpose: true,
      armOf: true,
      intended: true,
      decideNothing: true,
      dependsOn: true,
    }),
    () => loose.differencesBetween!(none, wrong),
  ],
  [
    'inferExperiment',
    everyOption<experiments.InferOptions>({ title: true, decideNothing: true, dependsOn: true }),
    () => loose.inferExperiment!([], wrong),
  ],
  [
    'differencePower',
    everyOption<experiments.PowerOptions>({ n: true, sd: true, effect: true, alpha: true }),
    () => loose.differencePower!(wrong),
  ],
  [
    'equivalencePower',
    everyOption<Parameters<typeof experiments.equivalencePower>[0]>({
      n: true,
      sd: true,
      effect: true,
      margin: true,
      alpha: true,
    }),
    () => loose.equivalencePower!(wrong),
  ],
  [
    'pairsToDecide',
    everyOption<experiments.DecisionOptions>({
      sd: true,
      margin: true,
      effect: true,
      alpha: true,
      power: true,
    }),
    () => loose.pairsToDecide!(wrong),
  ],
  [
    'pairsToDetect',
    everyOption<Parameters<typeof experiments.pairsToDetect>[0]>({
      sd: true,
      effect: true,
      alpha: true,
      power: true,
    }),
    () => loose.pairsToDetect!(wrong),
  ],
  [
    'equivalence',
    everyOption<NonNullable<Optional<typeof experiments.equivalence>>>({ margin: true, alpha: true }),
    () => loose.equivalence!([1], wrong),
  ],
  ['signTest', level, () => loose.signTest!([1], wrong)],
  ['summarize', level, () => loose.summarize!([1], wrong)],
  ['pairedDifference', level, () => loose.pairedDifference!([1], wrong)],
  ['binomialInterval', level, () => loose.binomialInterval!(1, 2, wrong)],
  ['welch', level, () => loose.welch!([1, 2], [3, 4], wrong)],
]);
