import { nameHint, OptionError } from '@normlab/errors';
import type { z } from 'zod';
import { type SomeSettings, settingsSchema, someSettingsSchema } from './settings.js';
import { trainOptions } from './trainOptions.js';

/** Where settings were written, for messages about them. */
export type SettingsSource = {
  /** `normlab train`, or the recipe. */
  readonly where: string;
  /** How a key is written there: `--learning-rate` or `learningRate`. */
  nameOf(key: string): string;
};

/** A command's line as a source: keys are flags. */
export function commandLineOf(command: string): SettingsSource {
  return {
    where: `normlab ${command}`,
    nameOf: (key) => trainOptions.find((option) => option.key === key)?.flags.split(' ')[0] ?? key,
  };
}

/** The command line of `normlab train`. */
export const commandLine = commandLineOf('train');

/** A recipe as a source: keys are keys. */
export function recipeSource(name: string): SettingsSource {
  return { where: `recipe ${name}`, nameOf: (key) => key };
}

/**
 * The settings of one source, each checked by itself.
 *
 * @throws OptionError for the first fault, with the nearest valid names where a name is mistyped
 */
export function checkSettings(raw: unknown, source: SettingsSource): SomeSettings {
  const result = someSettingsSchema.safeParse(raw);
  if (result.success) return result.data;
  throw complaint(result.error.issues[0]!, raw, source);
}

function complaint(issue: z.core.$ZodIssue, raw: unknown, { where, nameOf }: SettingsSource): OptionError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const valid = Object.keys(settingsSchema.shape);
    return new OptionError({ where, what: nameOf(key), rule: 'be a setting', hint: nameHint(key, valid) });
  }
  const key = issue.path[0];
  if (key === undefined) return new OptionError({ where, what: 'settings', rule: 'be an object', got: raw });
  const got = valueAt(raw, issue.path);
  const names = validNames(String(key));
  const hint = names.length > 0 && typeof got === 'string' ? { hint: nameHint(got, names) } : {};
  return new OptionError({ where, what: nameOf(String(key)), rule: issue.message, got, ...hint });
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    raw,
  );
}

function validNames(key: string): readonly string[] {
  const listed = trainOptions.find((option) => option.key === key);
  return listed?.names ?? [];
}
