import type { Option } from './option.js';
import { trainOptions } from './trainOptions.js';

const rows = Object.entries<Option>(trainOptions);

/**
 * By the key of a setting, the settings that decide its default or whether it has a meaning: those of its conditions, of
 * its default, and the one that it replaces or that replaces it.
 */
export const dependsOn: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  rows.map(([key, row]) => [key, [...new Set(causesOf(key, row))]]),
);

function causesOf(key: string, { only = [], fallback, insteadOf }: Option): string[] {
  return [
    ...only.map((condition) => condition.key),
    ...(typeof fallback === 'object' && 'of' in fallback ? fallback.of : []),
    ...(insteadOf === undefined ? [] : [insteadOf]),
    ...rows.filter(([, row]) => row.insteadOf === key).map(([rival]) => rival),
  ];
}
