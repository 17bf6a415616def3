import { type TrainOption, trainOptions } from './trainOptions.js';

/**
 * Flags as the settings they stand for, not yet checked: numbers become numbers where they are, and stay
 * text where they are not, so that the check can show what was written.
 */
export function readFlags(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = trainOptions.filter(({ key }) => flags[key] !== undefined);
  return Object.fromEntries(given.map((option) => [option.key, read(option, flags[option.key])]));
}

function read({ reads }: TrainOption, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (reads === 'number') return numberIn(value);
  if (reads === 'numbers') return value.split(',').map(numberIn);
  return value;
}

function numberIn(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}
