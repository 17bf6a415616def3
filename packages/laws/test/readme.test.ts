import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { laws } from '@normlab/laws/suite';
import { expect, it, vi } from 'vitest';
import { mutants } from './mutants.js';

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');

it('the README shows the example that this test runs', async () => {
  expect(await read('../README.md')).toContain(await read('examples/readme.ts'));
});

it('the laws hold for the right operation of the example, and fall on the wrong one', async () => {
  const shown = vi.spyOn(console, 'log').mockReturnValue();
  await import('./examples/readme.js');
  const verdicts = shown.mock.calls.map(([, verdict]) => String(verdict));
  shown.mockRestore();
  expect(verdicts.map((verdict) => verdict.split(' ')[0])).toEqual(['holds', 'holds', 'falls', 'falls']);
  expect(verdicts[2]).toMatch(/"sample":\{"kind":"(dense|conv)"/);
});

it('docs/laws.md states every law', async () => {
  const page = await read('../../../docs/laws.md');
  for (const { id, title } of laws) expect(page).toContain(`| ${id} | ${title.replaceAll('|', '\\|')} |`);
});

it('docs/laws.md names the laws that kill each mutant', async () => {
  const page = await read('../../../docs/laws.md');
  for (const [name, { killedBy }] of Object.entries(mutants)) {
    expect(page).toContain(`| ${name} | ${killedBy.join(', ')} |`);
  }
});
