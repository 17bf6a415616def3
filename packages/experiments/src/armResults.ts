import { type Difference, type DifferencesOptions, differencesBetween } from './comparability.js';
import type { Arm } from './expandRuns.js';
import { armsOf, holds, runName, settingsKey } from './expandRuns.js';
import type { Experiment, Settings, SettingValue } from './experiment.js';
import { type LogOf, logFinder } from './logFinder.js';
import { lossFloorOf } from './lossFloor.js';
import type { RunLog, RunState } from './runLog.js';
import { binomialInterval } from './statistics/binomialInterval.js';
import { stepsToTarget } from './statistics/stepsToTarget.js';
import { meanOf, type Summary, summarize } from './statistics/summarize.js';

/** The result of one run. */
export type SeedResult = {
  /** The name of its folder. */
  readonly run: string;
  readonly seed: number;
  readonly state: RunState | 'missing';
  /** Steps done. */
  readonly step: number;
  /** Test accuracy after the last step; null unless the run is done. */
  readonly accuracy: number | null;
  /** Clopper–Pearson interval for the accuracy on other test images like these. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Classes that the last evaluation never predicted; null where the log does not say. */
  readonly neverPredicted: readonly string[] | null;
  /** Steps to the group's target accuracy; null where it was not reached. */
  readonly stepsToTarget: number | null;
  readonly seconds: number;
  readonly secondsPerStep: number | null;
  /** Why a run diverged. */
  readonly reason?: string;
};

/** The results of one arm over its seeds. */
export type ArmResult = {
  readonly name: string;
  readonly settings: Settings;
  readonly seeds: readonly SeedResult[];
  /** Over the runs that are done; null where none is. */
  readonly accuracy: Summary | null;
  /** Mean training loss of the last epoch, over the same runs; null where no log has it. */
  readonly trainingLoss: Summary | null;
  /** The least value that the training loss can have on average ({@link lossFloorOf}); null for networks without a floor. */
  readonly lossFloor: number | null;
};

/** Arms that are compared with each other. */
export type GroupResult = {
  /**
   * The group's name, which no other group has: the arm settings that all its arms share, such as `tanh`; `all` where
   * there are none.
   */
  readonly name: string;
  readonly settings: Settings;
  /** From the runs' configurations: `all-cnn`, `cifar10`; null before the first run has started. */
  readonly model: string | null;
  readonly dataset: string | null;
  readonly reference: string | null;
  readonly target: number | null;
  readonly arms: readonly ArmResult[];
  /** Differences between the runs other than those of their arms; one that is refused prevents all comparisons. */
  readonly differences: readonly Difference[];
};

/** What differences between runs mean: the options of the same names of {@link differencesBetween}. */
type Meaning = Pick<DifferencesOptions, 'decideNothing' | 'dependsOn'>;

/** The groups of an experiment, with their results arm by arm and seed by seed. */
export function groupResults(
  experiment: Experiment,
  logs: readonly RunLog[],
  meaning: Meaning = {},
): GroupResult[] {
  const logOf = logFinder(experiment, logs);
  const referenceKeys = withRivals(Object.keys(experiment.reference), meaning);
  const groups = new Map<string, ArmGroup>();
  for (const arm of armsOf(experiment)) {
    const settings = without(arm.settings, referenceKeys);
    const key = settingsKey(settings);
    const group = groups.get(key);
    groups.set(key, { settings: group?.settings ?? settings, arms: [...(group?.arms ?? []), arm] });
  }
  const all = [...groups.values()];
  const names = groupNames(all.map(({ settings }) => settings));
  return all.map((group, index) =>
    groupResult(experiment, { ...group, name: names[index]! }, logOf, meaning),
  );
}

/** Keys and those that replace them, as `epochs` replaces `steps`: each of the two depends on the other. */
function withRivals(keys: readonly string[], { dependsOn = {} }: Meaning): string[] {
  const rivals = keys.flatMap((key) =>
    (dependsOn[key] ?? []).filter((other) => dependsOn[other]?.includes(key)),
  );
  return [...keys, ...rivals];
}

/** The arms with the same settings, those of the reference and what replaces them aside. */
type ArmGroup = { readonly settings: Settings; readonly arms: readonly Arm[] };

function groupResult(
  experiment: Experiment,
  { name, settings, arms }: ArmGroup & { readonly name: string },
  logOf: LogOf,
  meaning: Meaning,
): GroupResult {
  const armOf = new Map(
    arms.flatMap((arm) =>
      experiment.seeds.flatMap((seed) => {
        const log = logOf(arm, seed);
        return log === undefined ? [] : [[log, arm.name] as const];
      }),
    ),
  );
  const present = [...armOf.keys()];
  const reference = arms.find((arm) => holds(experiment.reference, arm.settings));
  const ofReference =
    reference === undefined
      ? []
      : experiment.seeds.flatMap((seed) => accuracyOf(logOf(reference, seed)) ?? []);
  const target = experiment.target ?? (ofReference.length === 0 ? null : targetShare * meanOf(ofReference));
  const head = present[0]?.head.settings;
  const text = (key: string) => (head?.[key] === undefined ? null : String(head[key]));
  return {
    name,
    settings,
    model: text('model') ?? text('spec'),
    dataset: text('dataset'),
    reference: reference?.name ?? null,
    target,
    arms: arms.map((arm) => armResult(arm, experiment.seeds, logOf, target)),
    differences: differencesBetween(present, {
      ...meaning,
      onPurpose: [...new Set(arms.flatMap((arm) => Object.keys(arm.settings)))],
      armOf: (run) => armOf.get(run),
      intended: experiment.when.flatMap((each) => Object.keys(each.settings)),
    }),
  };
}

/** The default target, as a part of the reference arm's mean final accuracy: not reached at once, but by most runs. */
const targetShare = 0.95;

function armResult(arm: Arm, seeds: readonly number[], logOf: LogOf, target: number | null): ArmResult {
  const results = seeds.map((seed) => seedResult(runName(arm, seed), seed, logOf(arm, seed), target));
  const accuracies = results.flatMap(({ accuracy }) => accuracy ?? []);
  const logs = seeds.flatMap((seed) => logOf(arm, seed) ?? []);
  const losses = logs.flatMap(({ state, epochs }) => (state === 'done' ? (epochs.at(-1)?.loss ?? []) : []));
  const floors = logs.map(({ head }) => lossFloorOf(head));
  return {
    name: arm.name,
    settings: arm.settings,
    seeds: results,
    accuracy: accuracies.length === 0 ? null : summarize(accuracies),
    trainingLoss: losses.length === 0 ? null : summarize(losses),
    lossFloor: floors[0] ?? null,
  };
}

function seedResult(run: string, seed: number, log: RunLog | undefined, target: number | null): SeedResult {
  const last = log?.evaluations.at(-1);
  const accuracy = accuracyOf(log);
  const interval =
    accuracy === null || last === undefined || last.images === 0
      ? null
      : binomialInterval(Math.round(accuracy * last.images), last.images);
  return {
    run: log?.name ?? run,
    seed,
    state: log?.state ?? 'missing',
    step: log?.step ?? 0,
    accuracy,
    interval,
    neverPredicted: last?.neverPredicted ?? null,
    stepsToTarget:
      log === undefined || accuracy === null || target === null
        ? null
        : stepsToTarget(log.evaluations, target),
    seconds: last?.seconds ?? 0,
    secondsPerStep: log?.secondsPerStep ?? null,
    ...(log?.reason !== undefined && { reason: log.reason }),
  };
}

/** Test accuracy after the last step of a run that is done. */
function accuracyOf(log: RunLog | undefined): number | null {
  return log?.state === 'done' ? (log.evaluations.at(-1)?.accuracy ?? null) : null;
}

/**
 * The names of groups: their values, such as `tanh`. A value that reads as the name of all arms together gets its
 * setting's name, and so do the values of groups whose names would be equal: `convBias true`, `nesterov true`.
 */
function groupNames(groups: readonly Settings[]): string[] {
  const short = groups.map((settings) => nameOf(settings, (value) => value === 'all'));
  const isAlone = (name: string) => short.indexOf(name) === short.lastIndexOf(name);
  return groups.map((settings, index) =>
    isAlone(short[index]!) ? short[index]! : nameOf(settings, () => true),
  );
}

function nameOf(settings: Settings, needsKey: (value: SettingValue) => boolean): string {
  const values = Object.entries(settings).map(([key, value]) =>
    needsKey(value) ? `${key} ${String(value)}` : String(value),
  );
  return values.join(' ') || 'all';
}

function without(settings: Settings, keys: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));
}
