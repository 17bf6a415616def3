import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publicPackages } from './support/publicPackages.js';

const entries = publicPackages.flatMap(({ folder, manifest: { name, exports = {} } }) =>
  Object.values(exports).flatMap((targets) => {
    const target = typeof targets === 'string' ? targets : targets.default!;
    if (!target.endsWith('.js')) return [];
    return [{ name, folder, source: target.replace('/dist/', '/src/').replace(/js$/, 'ts') }];
  }),
);

it.each(entries)('the README of $name names what $source exports', async ({ folder, source }) => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const names = Object.keys(await import(join(folder, source)));
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});
