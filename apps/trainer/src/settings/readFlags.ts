import { type Option, type Options, readingOf } from './option.js';

/**
 * The flags' values, not yet checked: text becomes a number if it is one, and otherwise stays text, so that the check
 * can show what was written.
 */
export function readFlags(
  options: Options,
  flags: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = Object.entries(options).filter(([key]) => flags[key] !== undefined);
  return Object.fromEntries(given.map(([key, option]) => [key, read(option, flags[key])]));
}

function read(option: Option, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const { what, isList } = readingOf(option);
  const readOne = what === 'number' ? numberIn : (text: string) => text;
  return isList ? value.split(',').map(readOne) : readOne(value);
}

function numberIn(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}
