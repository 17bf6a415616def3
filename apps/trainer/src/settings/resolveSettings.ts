import { commandLine } from './checkOptions.js';
import { resolveOptions } from './resolveOptions.js';
import type { Settings, SomeSettings } from './settings.js';
import { trainOptions } from './trainOptions.js';

/**
 * The settings of a run: those of the command line before those of the recipe before the defaults.
 *
 * The defaults are the quarter-width recipe for machines without a GPU; some depend on the model, the
 * data set and the optimizer chosen.
 *
 * @throws OptionError for settings that do not go together, or where one is missing
 */
export function resolveSettings(flags: SomeSettings, recipe: SomeSettings = {}): Settings {
  return resolveOptions(trainOptions, flags, commandLine, recipe);
}
