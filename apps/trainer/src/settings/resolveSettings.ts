import { commandLine } from './checkOptions.js';
import { resolveOptions } from './resolveOptions.js';
import type { Settings, SomeSettings } from './settings.js';
import { trainOptions } from './trainOptions.js';

/**
 * The settings of a run: the command line overrides the recipe, which overrides the defaults.
 *
 * The defaults are the quarter-width recipe for machines without a GPU; some depend on the chosen model, data set and
 * optimizer.
 *
 * @throws OptionError for inconsistent settings or a missing setting
 */
export function resolveSettings(flags: SomeSettings, recipe: SomeSettings = {}): Settings {
  return resolveOptions(trainOptions, flags, commandLine, recipe);
}
