import { resolve } from 'node:path';
import { OptionError } from '@normlab/errors';
import type { RunConfig } from '../runFolder/runConfig.js';
import { checkFree } from '../runFolder/runFolder.js';
import { commandLine } from '../settings/checkOptions.js';
import { dropMeaningless, refuseBoth } from '../settings/dependentOptions.js';
import { layerOptions } from '../settings/layerOptions.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { readRecipe } from '../settings/readRecipe.js';
import { resolveSettings } from '../settings/resolveSettings.js';
import type { Settings, SomeSettings } from '../settings/settings.js';
import { trainOptions } from '../settings/trainOptions.js';
import { extendRun } from './extendRun.js';

/** The checked request of a call of `normlab train`. */
export type TrainRequest =
  | {
      readonly kind: 'new';
      readonly settings: Settings;
      /** The folder of `--out`; without it, a default name is used. */
      readonly out: string | undefined;
      /** The name or path of the recipe. */
      readonly recipe: string | undefined;
    }
  | {
      readonly kind: 'resume';
      readonly settings: Settings;
      readonly folder: string;
      /** The run's `config.json`, with the new length if there is one. */
      readonly config: RunConfig;
      /** Whether the run is to be longer than its `config.json` says. */
      readonly isExtended: boolean;
    };

/**
 * Combines flags and recipe into one request; errors found here are reported without loading TensorFlow.js.
 *
 * @throws OptionError for a setting that is unknown, inconsistent with the others, or different from the resumed run's,
 *   and if the folder of a new run is taken
 */
export async function readTrainRequest(flags: Flags): Promise<TrainRequest> {
  const { recipe: recipeName, out, resume, ...given } = readOptions('train', flags);
  const recipe = recipeName === undefined ? {} : (await readRecipe(recipeName)).settings;
  if (resume === undefined) {
    const settings = placed(resolveSettings(given, recipe));
    if (out !== undefined) checkFree(out);
    return { kind: 'new', settings, out, recipe: recipeName };
  }
  if (out !== undefined) {
    const rule = 'be left out with --resume, which names the folder';
    throw new OptionError({ where: commandLine.where, what: '--out', rule, got: out });
  }
  refuseBoth(trainOptions, given, commandLine);
  const { epochs, steps, ...wanted } = layerOptions(trainOptions, given, recipe);
  const begun = await (await import('../runFolder/runConfig.js')).readRunConfig(resume);
  checkSame(withoutDropped(wanted, given, begun.settings), begun.settings);
  const config = extendRun(begun, {
    ...(epochs !== undefined && { epochs }),
    ...(steps !== undefined && { steps }),
  });
  const settings = {
    ...config.settings,
    ...(config.settings.backend === 'wasm' && { threads: config.backend.threads }),
    ...(given.data !== undefined && { data: given.data }),
  };
  return { kind: 'resume', folder: resume, config, isExtended: config !== begun, settings };
}

/** The folder of the data as seen from everywhere, so that a run can be resumed and evaluated from another folder. */
function placed(settings: Settings): Settings {
  return settings.data === undefined ? settings : { ...settings, data: resolve(settings.data) };
}

/**
 * The wanted settings without those of the recipe that have no meaning in the begun run: they were dropped when it began,
 * so its `config.json` lacks them.
 */
function withoutDropped(wanted: SomeSettings, given: SomeSettings, begun: Settings): SomeSettings {
  const meaningful = dropMeaningless(trainOptions, { ...wanted, ...begun }, {}, commandLine);
  const isCompared = (key: string) => Object.hasOwn(given, key) || Object.hasOwn(meaningful, key);
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => isCompared(key)));
}

/** `data` may differ, since a folder can move: its content is compared by a hash. */
function checkSame(wanted: SomeSettings, begun: Settings): void {
  for (const [key, value] of Object.entries(wanted)) {
    const was: unknown = Reflect.get(begun, key);
    if (key === 'data' || jsonOf(value) === jsonOf(was)) continue;
    throw new OptionError({
      where: commandLine.where,
      what: commandLine.nameOf(key),
      rule: `be ${was === undefined ? 'left out' : JSON.stringify(was)}, as in the run to resume`,
      got: value,
      hint: 'with --resume, leave out all settings but a greater --epochs or --steps',
    });
  }
}

/** One name and a list of that name are the same: recipes write either, flags only the list. */
function jsonOf(value: unknown): string {
  return JSON.stringify([value].flat());
}
