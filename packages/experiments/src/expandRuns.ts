import { OptionError } from '@normlab/errors';
import type { Experiment, ExperimentArms, Settings, SettingValue } from './experiment.js';

/** One arm: a value for each arm setting. */
export type Arm = {
  /** Its values, joined by hyphens: `cbn-all`, `resnet-29-cifar10-bn`. */
  readonly name: string;
  /** The arm's settings only. */
  readonly settings: Settings;
};

/** One run of an experiment. */
export type ExperimentRun = {
  /** `<arm>-seed<seed>`, the name of its folder. */
  readonly name: string;
  readonly arm: Arm;
  readonly seed: number;
  /** The settings that override the recipe's: the experiment's, those of `when`, the arm's, and the seed. */
  readonly settings: Settings;
  /** The same, one by one: each overrides those before it. */
  readonly layers: readonly Settings[];
};

/**
 * The arms of an experiment, in order: the last setting changes fastest.
 *
 * @throws OptionError if two arms have the same name
 */
export function armsOf(
  { arms }: Pick<Experiment, 'arms'>,
  { where = 'armsOf' }: { readonly where?: string } = {},
): Arm[] {
  const all = arms.flatMap(multipliedOut).map((settings) => ({ name: armName(settings), settings }));
  const names = new Set<string>();
  for (const { name } of all) {
    if (names.has(name)) {
      throw new OptionError({ where, what: 'arms', rule: 'have different names', got: name });
    }
    names.add(name);
  }
  return all;
}

/**
 * All runs of an experiment: seed by seed, so that an experiment that is stopped half-way has complete pairs.
 *
 * The seed determines batches, augmentation and the initial values of the variables that arms share, so runs with the
 * same seed are paired.
 *
 * @example
 * ```ts
 * runsOf(experiment).map(({ name }) => name); // ['bn-seed1', 'cbn-all-seed1', 'bn-seed2', 'cbn-all-seed2']
 * ```
 */
export function runsOf(experiment: Experiment): ExperimentRun[] {
  const arms = armsOf(experiment);
  return experiment.seeds.flatMap((seed) =>
    arms.map((arm) => {
      const given = experiment.when.filter((each) => holds(each.arm, arm.settings));
      const layers = [experiment.settings, ...given.map(({ settings }) => settings), arm.settings, { seed }];
      const settings: Settings = Object.assign({}, ...layers);
      return { name: runName(arm, seed), arm, seed, settings, layers };
    }),
  );
}

/** The name of an arm's run with a seed. */
export function runName({ name }: Pick<Arm, 'name'>, seed: number): string {
  return `${name}-seed${seed}`;
}

/** Settings as a key of a map: the same for equal settings, whatever their order. */
export function settingsKey(settings: Settings): string {
  return JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether `settings` has every value of `wanted`. */
export function holds(wanted: Settings, settings: Settings): boolean {
  return Object.entries(wanted).every(([key, value]) => isSame(settings[key], value));
}

export function isSame(a: SettingValue | undefined, b: SettingValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function multipliedOut(block: ExperimentArms): Settings[] {
  return Object.entries(block).reduce<Settings[]>(
    (arms, [key, values]) => arms.flatMap((arm) => values.map((value) => ({ ...arm, [key]: value }))),
    [{}],
  );
}

/** An arm's name: strings by themselves, numbers and booleans with their keys, since `0.5` alone says nothing. */
function armName(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => (typeof value === 'string' ? value : `${key}-${String(value)}`))
    .map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '_'))
    .join('-');
}
