import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import * as normlab from '../src/index.js';

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');

it('the README shows the example that this test runs', async () => {
  expect(await read('../README.md')).toContain(await read('examples/readme.ts'));
  const shown = vi.spyOn(console, 'log').mockReturnValue();
  await import('./examples/readme.js');
  const [[losses]] = shown.mock.calls as [[number[]]];
  shown.mockRestore();
  expect(losses).toHaveLength(3);
  // Two classes of noise: about ln 2.
  expect(losses.every((loss) => loss > 0.3 && loss < 1.5)).toBe(true);
});

it('the README’s table has every layer', async () => {
  const readme = await read('../README.md');
  const layers = Object.keys(normlab).filter((name) => /^[a-z]/.test(name));
  expect(layers.filter((name) => !readme.includes(`\`${name}(`))).toEqual([]);
});
