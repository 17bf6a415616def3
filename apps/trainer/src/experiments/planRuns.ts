import { OptionError } from '@normlab/errors';
import { type Experiment, runsOf } from '@normlab/experiments';
import { checkSettings } from '../settings/checkSettings.js';
import { layerOptions } from '../settings/layerOptions.js';
import { flagOf, type SomeOf } from '../settings/option.js';
import { readRecipe } from '../settings/readRecipe.js';
import { resolveOptions } from '../settings/resolveOptions.js';
import type { Settings } from '../settings/settings.js';
import { trainOptions } from '../settings/trainOptions.js';

/** A run of an experiment with all settings resolved. */
export type PlannedRun = {
  /** `<arm>-seed<seed>`: its folder's name. */
  readonly name: string;
  readonly arm: string;
  readonly seed: number;
  readonly settings: Settings;
};

/** The settings of a run that depend on the machine, not on the experiment. */
export type MachineSettings = SomeOf<
  Pick<typeof trainOptions, 'data' | 'backend' | 'threads' | 'build' | 'adapter'>
>;

/**
 * Every run of an experiment with its settings as `normlab train` would resolve them: an arm overrides `when`, which
 * overrides the experiment's settings, which override its recipe, which overrides the defaults. On wasm a run has one
 * thread by default: several runs at once use the machine better than several threads of one run.
 *
 * @throws OptionError for a setting that is unknown or inconsistent with the others, and for one of the machine that the
 *   arms have, before any run begins
 */
export async function planRuns(
  name: string,
  experiment: Experiment,
  machine: MachineSettings,
): Promise<PlannedRun[]> {
  const source = { where: `experiment ${name}`, nameOf: (key: string) => key };
  refuseArms(experiment, machine);
  const named = { where: source.where, what: 'extends' };
  const recipe =
    experiment.extends === undefined ? {} : (await readRecipe(experiment.extends, named)).settings;
  return runsOf(experiment).map((run) => {
    const layers = run.layers.map((layer) => checkSettings(layer, source));
    const given = layers.reduce((under, over) => layerOptions(trainOptions, over, under));
    const written = { ...given, ...machine };
    const settings = resolveOptions(trainOptions, written, source, recipe);
    const isOneThread = settings.backend === 'wasm' && settings.threads === undefined;
    return {
      name: run.name,
      arm: run.arm.name,
      seed: run.seed,
      settings: isOneThread ? { ...settings, threads: 1 } : settings,
    };
  });
}

/** One setting for all runs would make arms that differ in it the same. */
function refuseArms({ arms }: Experiment, machine: MachineSettings): void {
  const key = Object.keys(machine).find((each) => arms.some((block) => block[each] !== undefined));
  if (key === undefined) return;
  const rule = 'be left out, as the arms of the experiment have it';
  throw new OptionError({
    where: 'normlab compare',
    what: flagOf(key),
    rule,
    got: Reflect.get(machine, key),
  });
}
