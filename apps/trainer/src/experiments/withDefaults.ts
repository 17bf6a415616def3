import type { RunLog, Settings } from '@normlab/experiments';
import { commandLine } from '../settings/checkOptions.js';
import { defaultsFor } from '../settings/defaultsFor.js';
import { dropMeaningless } from '../settings/dependentOptions.js';
import { fallbackText, type Option, type Options, readingOf, type Values } from '../settings/option.js';
import { inOrder } from '../settings/resolveOptions.js';
import { trainOptions } from '../settings/trainOptions.js';

const options: Options = trainOptions;

/**
 * Logs in which every setting that some log gives has its default in the others: a run's `config.json` leaves out the
 * defaults of the packages, so that a run without `activation` and one with `activation: 'relu'` have the same.
 *
 * A setting without a default, such as `trainImages`, or without a meaning in a run, stays absent.
 */
export function withDefaults(logs: readonly RunLog[]): RunLog[] {
  const keys = new Set(logs.flatMap(({ head }) => Object.keys(head.settings)));
  return logs.map((log) => {
    const { settings } = log.head;
    const all = { ...shownDefaults, ...defaultsFor(options, settings), ...settings };
    const given = Object.entries(dropMeaningless(options, all, {}, commandLine)).filter(([key]) =>
      keys.has(key),
    );
    // A default of an option is a value that the option can have.
    const filled = inOrder(options, { ...Object.fromEntries(given), ...settings }) as Settings;
    return { ...log, head: { ...log.head, settings: filled } };
  });
}

/** Defaults of the packages, as far as the help shows a value and not words about it. */
const shownDefaults: Values = Object.fromEntries(
  Object.entries(options).flatMap(([key, row]) => {
    const value = shownDefault(row);
    return value !== undefined && row.schema.safeParse(value).success ? [[key, value]] : [];
  }),
);

function shownDefault(row: Option): unknown {
  const { what } = readingOf(row);
  if (row.decidesNothing === true) return undefined;
  if (what === 'switch') return false;
  if (typeof row.fallback !== 'object' || 'by' in row.fallback) return undefined;
  return what === 'number' ? Number(fallbackText(row)) : fallbackText(row);
}
