import { type Difference, differencesBetween } from './comparability.js';
import type { Arm } from './expandRuns.js';
import { armsOf, holds, isSame, runsOf } from './expandRuns.js';
import type { Experiment, Settings } from './experiment.js';
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
  /** The group's name: the arm settings that all its arms share, such as `tanh`; `all` where there are none. */
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

/** The groups of an experiment, with their results arm by arm and seed by seed. */
export function groupResults(
  experiment: Experiment,
  logs: readonly RunLog[],
  decideNothing: ReadonlySet<string> = new Set(),
): GroupResult[] {
  const logOf = logFinder(experiment, logs);
  const referenceKeys = Object.keys(experiment.reference);
  const groups = new Map<string, Arm[]>();
  for (const arm of armsOf(experiment)) {
    const shared = without(arm.settings, referenceKeys);
    const key = JSON.stringify(shared);
    groups.set(key, [...(groups.get(key) ?? []), arm]);
  }
  return [...groups].map(([key, arms]) =>
    groupResult(experiment, JSON.parse(key), arms, { logOf, decideNothing }),
  );
}

type LogOf = (arm: Arm, seed: number) => RunLog | undefined;

function groupResult(
  experiment: Experiment,
  settings: Settings,
  arms: readonly Arm[],
  { logOf, decideNothing }: { readonly logOf: LogOf; readonly decideNothing: ReadonlySet<string> },
): GroupResult {
  const present = arms.flatMap((arm) => experiment.seeds.flatMap((seed) => logOf(arm, seed) ?? []));
  const reference = arms.find((arm) => holds(experiment.reference, arm.settings));
  const ofReference =
    reference === undefined
      ? []
      : experiment.seeds.flatMap((seed) => accuracyOf(logOf(reference, seed)) ?? []);
  const target = experiment.target ?? (ofReference.length === 0 ? null : targetShare * meanOf(ofReference));
  const head = present[0]?.head.settings;
  const text = (key: string) => (head?.[key] === undefined ? null : String(head[key]));
  return {
    name: nameOf(settings),
    settings,
    model: text('model') ?? text('spec'),
    dataset: text('dataset'),
    reference: reference?.name ?? null,
    target,
    arms: arms.map((arm) => armResult(arm, experiment.seeds, logOf, target)),
    differences: differencesBetween(present, {
      onPurpose: Object.keys(arms[0]?.settings ?? {}),
      intended: experiment.when.flatMap((each) => Object.keys(each.settings)),
      decideNothing,
    }),
  };
}

/** The default target, as a part of the reference arm's mean final accuracy: not reached at once, but by most runs. */
const targetShare = 0.95;

function armResult(arm: Arm, seeds: readonly number[], logOf: LogOf, target: number | null): ArmResult {
  const results = seeds.map((seed) => seedResult(`${arm.name}-seed${seed}`, seed, logOf(arm, seed), target));
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

/** A value that reads as the name of all arms together gets its setting's name. */
function nameOf(settings: Settings): string {
  const values = Object.entries(settings).map(([key, value]) =>
    value === 'all' ? `${key} all` : String(value),
  );
  return values.join(' ') || 'all';
}

/** Finds a run's log by the name that the experiment gives it, else by its settings: a folder may have another name. */
function logFinder(experiment: Experiment, logs: readonly RunLog[]): LogOf {
  const names = new Map(logs.map((log) => [log.name, log]));
  const known = new Set(runsOf(experiment).map(({ name }) => name));
  return (arm, seed) => {
    const fits = ({ head: { settings } }: RunLog) =>
      isSame(settings.seed, seed) && holds(arm.settings, settings);
    const named = names.get(`${arm.name}-seed${seed}`);
    if (named !== undefined && fits(named)) return named;
    return logs.find((log) => !known.has(log.name) && fits(log));
  };
}

function without(settings: Settings, keys: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));
}
