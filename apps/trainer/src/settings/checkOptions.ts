import { nameHint, OptionError } from '@normlab/errors';
import { z } from 'zod';
import { flagOf, namesOf, type Options, type SomeOf } from './option.js';

/** The source of values, for messages about them. */
export type OptionSource = {
  /** `normlab train`, or the recipe. */
  readonly where: string;
  /** How the source writes a key: `--learning-rate` or `learningRate`. */
  nameOf(key: string): string;
};

/** A command's line as a source: keys are flags. */
export function commandLineOf(command: string): OptionSource {
  return { where: `normlab ${command}`, nameOf: flagOf };
}

/** The command line of `normlab train`. */
export const commandLine = commandLineOf('train');

/** A recipe as a source: keys are keys. */
export function recipeSource(name: string): OptionSource {
  return { where: `recipe ${name}`, nameOf: (key) => key };
}

/**
 * The values of one source, each checked separately.
 *
 * @throws OptionError for the first fault, with the nearest valid names if a name is mistyped
 */
export function checkOptions<Rows extends Options>(
  options: Rows,
  raw: unknown,
  source: OptionSource,
): SomeOf<Rows> {
  const shape = Object.entries(options).map(([key, { schema }]) => [key, schema.exactOptional()]);
  const result = z.strictObject(Object.fromEntries(shape)).safeParse(raw);
  if (result.success) return result.data as SomeOf<Rows>;
  throw complaint(options, result.error.issues[0]!, raw, source);
}

function complaint(
  options: Options,
  issue: z.core.$ZodIssue,
  raw: unknown,
  { where, nameOf }: OptionSource,
): OptionError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const hint = nameHint(key, Object.keys(options));
    return new OptionError({ where, what: nameOf(key), rule: 'be a setting', hint });
  }
  const key = issue.path[0];
  if (key === undefined) return new OptionError({ where, what: 'settings', rule: 'be an object', got: raw });
  const got = valueAt(raw, issue.path);
  // Keys without a row are unrecognized ones.
  const names = namesOf(options[String(key)]!);
  const hint = names.length > 0 && typeof got === 'string' ? { hint: nameHint(got, names) } : {};
  return new OptionError({ where, what: nameOf(String(key)), rule: issue.message, got, ...hint });
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), raw);
}
