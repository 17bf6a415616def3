import { refuseOthers } from '@normlab/errors';
import { holds, isSame, settingsKey } from './expandRuns.js';
import type { Experiment, Settings } from './experiment.js';
import type { RunLog } from './runLog.js';

export type InferOptions = {
  readonly title?: string;
  /** Keys of settings that never make an arm, because they only say where and how a run was made; none by default. */
  readonly decideNothing?: ReadonlySet<string>;
  /** By the key of a setting, the settings that decide its default or whether it has a meaning; none by default. */
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
};

/**
 * The experiment of run folders without an `experiment.json`: the settings that differ are the arms, those that do not
 * are the settings of every run.
 *
 * A setting that differs only because another does, such as the momentum that only one of two optimizers has, is in
 * `when` instead of in the arms. An arm without a setting that others have has its default; if it has none of the
 * settings that differ, the arms are also named by their norm.
 *
 * The reference is `norm: 'bn'` if norms differ and some run has it, otherwise the first of the arms that name the most
 * settings. If no setting differs, there is one arm, named by its norm.
 *
 * @param runs at least one
 */
export function inferExperiment(
  runs: readonly RunLog[],
  { title = 'Runs', decideNothing = new Set(), dependsOn = {}, ...others }: InferOptions = {},
): Experiment {
  refuseOthers('inferExperiment', others, ['title', 'decideNothing', 'dependsOn']);
  const all = runs.map(({ head }) => head.settings);
  const keys = [...new Set(all.flatMap(Object.keys))].filter(
    (key) => key !== 'seed' && !decideNothing.has(key),
  );
  const differing = keys.filter((key) => all.some((settings) => !isSame(settings[key], all[0]![key])));
  const deciding = withoutFollowing(differing, all, dependsOn);
  const armKeys = [...nameOfAll(keys, deciding, all), ...deciding];
  const arms = distinct(all.map((settings) => only(armKeys, settings)));
  const following = differing.filter((key) => !armKeys.includes(key));
  const shared = keys.filter((key) => !differing.includes(key) && !armKeys.includes(key));
  const hasBatchNorm = deciding.includes('norm') && arms.some(({ norm }) => norm === 'bn');
  return {
    title,
    settings: only(shared, all[0] ?? {}),
    arms: arms.map((arm) => Object.fromEntries(Object.entries(arm).map(([key, value]) => [key, [value]]))),
    when: arms.flatMap((arm) => {
      const run = all.find((settings) => settingsKey(only(armKeys, settings)) === settingsKey(arm));
      const settings = only(following, run ?? {});
      return Object.keys(settings).length === 0 ? [] : [{ arm, settings }];
    }),
    seeds: [...new Set(runs.map(({ head }) => Number(head.settings.seed)))].sort((a, b) => a - b),
    reference: hasBatchNorm ? { norm: 'bn' } : largest(arms),
    margin: 0.005,
  };
}

/**
 * The keys without those that depend on others of them, as far as the others alone distinguish the arms.
 *
 * An arm also gets what `when` gives to an arm whose settings it has, so its own runs must have that too. A run with a
 * spec has no width: of the arms `{ norm: 'bn' }` and `{ norm: 'bn', spec: 'mine.json' }`, both would get the width of
 * the first.
 */
function withoutFollowing(
  keys: readonly string[],
  all: readonly Settings[],
  dependsOn: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const arms = distinct(all.map((settings) => only(keys, settings)));
  const distinguish = (some: readonly string[]) =>
    arms.every((arm) => {
      const part = only(some, arm);
      return arms.every((other) => !holds(part, other) || holds(arm, other));
    });
  return keys.reduceRight((kept, key) => {
    const rest = kept.filter((other) => other !== key);
    const follows = (dependsOn[key] ?? []).some((cause) => rest.includes(cause));
    return follows && distinguish(rest) ? rest : kept;
  }, keys);
}

/** If a run has none of the settings that make the arms: one that all runs have, their norm by preference. */
function nameOfAll(
  keys: readonly string[],
  deciding: readonly string[],
  all: readonly Settings[],
): readonly string[] {
  if (all.every((settings) => deciding.some((key) => settings[key] !== undefined))) return [];
  const shared = ['norm', ...keys].find((key) => all.every((settings) => settings[key] !== undefined));
  return shared === undefined ? [] : [shared];
}

function only(keys: readonly string[], settings: Settings): Settings {
  return Object.fromEntries(
    keys.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  );
}

function distinct(all: readonly Settings[]): Settings[] {
  return [...new Map(all.map((settings) => [settingsKey(settings), settings])).values()];
}

/** The first of those with the most settings: its group has the arms that lack some of these, but no others. */
function largest(arms: readonly Settings[]): Settings {
  return arms.reduce((most, arm) => (Object.keys(arm).length > Object.keys(most).length ? arm : most), {});
}
