import { commandLineOf } from './checkOptions.js';
import { type CommandName, optionsOf } from './commands.js';
import { dropMeaningless } from './dependentOptions.js';
import type { Values } from './option.js';
import { type Settings, settingsSchema } from './settings.js';
import { trainOptions } from './trainOptions.js';

/**
 * A run's settings, with what the command line of another command gives in place of its own.
 *
 * @throws OptionError if a given option has no meaning for the run
 */
export function settingsWith(command: CommandName, settings: Settings, given: Values): Settings {
  const all = { ...settings, ...given };
  const options = { ...trainOptions, ...optionsOf(command) };
  return settingsSchema.parse(dropMeaningless(options, all, given, commandLineOf(command)));
}
