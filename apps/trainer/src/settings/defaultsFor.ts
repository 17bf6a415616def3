import type { Options, Values } from './option.js';

/**
 * The defaults of the options that were not chosen, without those of options that a chosen option replaces. A default
 * that depends on other options sees the chosen values and the defaults of the rows before it.
 */
export function defaultsFor(options: Options, chosen: Values): Record<string, unknown> {
  const replaced = Object.entries(options)
    .filter(([key]) => chosen[key] !== undefined)
    .map(([, { insteadOf }]) => insteadOf);
  const defaults: Record<string, unknown> = {};
  for (const [key, { fallback }] of Object.entries(options)) {
    if (chosen[key] !== undefined || replaced.includes(key)) continue;
    const value = defaultOf(fallback, { ...defaults, ...chosen });
    if (value !== undefined) defaults[key] = value;
  }
  return defaults;
}

function defaultOf(fallback: Options[string]['fallback'], values: Values): unknown {
  if (typeof fallback !== 'object' || !('shown' in fallback)) return fallback;
  return 'by' in fallback ? fallback.by(values) : undefined;
}
