import type { OptionSource } from './checkOptions.js';
import { defaultsFor } from './defaultsFor.js';
import { dropMeaningless, refuseBoth, requireOptions } from './dependentOptions.js';
import { layerOptions } from './layerOptions.js';
import { type Options, type Resolved, type SomeOf, schemaOf, type Values } from './option.js';

/**
 * The values of a table's options: given values override those in `under` (a recipe's), which override the defaults.
 *
 * @throws OptionError for inconsistent values or a missing value
 */
export function resolveOptions<Rows extends Options>(
  options: Rows,
  written: SomeOf<Rows>,
  source: OptionSource,
  under: SomeOf<Rows> = {},
): Resolved<Rows> {
  refuseBoth(options, written, source);
  const chosen = layerOptions(options, written, under);
  const all = { ...defaultsFor(options, chosen), ...chosen };
  const values = dropMeaningless(options, all, written, source);
  requireOptions(options, values, source);
  return schemaOf(options).parse(inOrder(options, values)) as Resolved<Rows>;
}

/** The same values in the order of the table, so that equal values are written identically. */
export function inOrder(options: Options, values: Values): Values {
  const keys = Object.keys(options);
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => keys.indexOf(a) - keys.indexOf(b)));
}
