import { checkOptions, type OptionSource } from './checkOptions.js';
import { refuseBoth } from './dependentOptions.js';
import type { SomeSettings } from './settings.js';
import { trainOptions } from './trainOptions.js';

/**
 * The settings of a training that one source gives: a recipe's file, or a part of an experiment.
 *
 * @throws OptionError for the first fault of a single setting, and for a setting beside the one that it replaces
 */
export function checkSettings(raw: unknown, source: OptionSource): SomeSettings {
  const settings = checkOptions(trainOptions, raw, source);
  refuseBoth(trainOptions, settings, source);
  return settings;
}
