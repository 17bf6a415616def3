import { checkOptions, commandLineOf } from './checkOptions.js';
import { type CommandName, commands } from './commands.js';
import type { SomeOf } from './option.js';
import { readFlags } from './readFlags.js';

/** The options of a command as commander gives them. */
export type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean };

/** The values of the options given to a command, each checked separately. */
export type Written<Name extends CommandName> = SomeOf<(typeof commands)[Name]['options']>;

/** @throws OptionError for the first value that is out of its range, or a name that is not one */
export function readOptions<Name extends CommandName>(name: Name, flags: Flags): Written<Name> {
  const { options } = commands[name];
  return checkOptions(options, readFlags(options, flags), commandLineOf(name)) as Written<Name>;
}
