import { OptionError } from '@normlab/errors';
import type { OptionSource } from './checkOptions.js';
import { type Condition, conditionText, type Options, type Values } from './option.js';

/**
 * The values without those that have no meaning in combination with the others, such as the boundaries of a piecewise
 * schedule if the schedule is another.
 *
 * @throws OptionError if such a value was given on the command line, where it must be a mistake
 */
export function dropMeaningless<Known extends Values>(
  options: Options,
  values: Known,
  written: Values,
  { where, nameOf }: OptionSource,
): Partial<Known> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const broken = options[key]?.only?.find((condition) => !holds(condition, values));
    if (broken === undefined) kept[key] = value;
    else if (written[key] !== undefined) {
      throw new OptionError({ where, what: nameOf(key), rule: `go ${conditionText(broken)}` });
    }
  }
  return kept as Partial<Known>;
}

/** @throws OptionError if an option has no value although the others require one */
export function requireOptions(options: Options, values: Values, { where, nameOf }: OptionSource): void {
  for (const [key, { required, only = [] }] of Object.entries(options)) {
    if (required === undefined || values[key] !== undefined) continue;
    if (!only.every((condition) => holds(condition, values))) continue;
    throw new OptionError({ where, what: nameOf(key), rule: required(values) });
  }
}

/** @throws OptionError if an option and the option that it replaces are both given */
export function refuseBoth(options: Options, written: Values, { where, nameOf }: OptionSource): void {
  for (const [key, { insteadOf }] of Object.entries(options)) {
    if (insteadOf === undefined || written[key] === undefined || written[insteadOf] === undefined) continue;
    const rule = `be given without ${nameOf(insteadOf)}, which it replaces`;
    throw new OptionError({ where, what: nameOf(key), rule });
  }
}

function holds({ key, is }: Condition, values: Values): boolean {
  const value = values[key];
  if (is === 'given') return value !== undefined;
  if (is === 'absent') return value === undefined;
  const found = Array.isArray(value) ? value : [value];
  return found.some((each) => is.some((name) => isNamed(String(each), name)));
}

function isNamed(value: string, name: string): boolean {
  if (!name.endsWith('-N')) return value === name;
  const family = name.slice(0, -1);
  return value.startsWith(family) && /^\d+$/.test(value.slice(family.length));
}
