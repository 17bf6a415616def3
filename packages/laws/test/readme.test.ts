import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { laws } from '@normlab/laws/suite';
import { expect, it, vi } from 'vitest';
import { faults } from '../src/faults/faults.js';

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');

it('the README shows the example that this test runs', async () => {
  expect(await read('../README.md')).toContain(await read('examples/readme.ts'));
});

it('the laws hold for the correct operation of the example, and fail on the wrong one', async () => {
  const shown = vi.spyOn(console, 'log').mockReturnValue();
  await import('./examples/readme.js');
  const verdicts = shown.mock.calls.map(([, verdict]) => String(verdict));
  shown.mockRestore();
  expect(verdicts.map((verdict) => verdict.split(' ')[0])).toEqual(['holds', 'holds', 'falls', 'falls']);
  expect(verdicts[2]).toMatch(/"sample":\{"kind":"(dense|conv)"/);
});

/** The rows of the tables under a heading of docs/laws.md, without their heads. */
async function rowsUnder(...headings: string[]): Promise<string[]> {
  const page = await read('../../../docs/laws.md');
  const sections = page.split(/^## /m).filter((section) => headings.some((each) => section.startsWith(each)));
  expect(sections.length).toBe(headings.length);
  return sections.flatMap((section) => section.match(/^\|.*\|$/gm)!.slice(2));
}

it('docs/laws.md states every law, and no other', async () => {
  const rows = await rowsUnder('Laws that hold exactly', 'Laws that hold approximately');
  const stated = rows.map((row) => row.replaceAll('\\|', '¦').split(' | ').slice(0, 2).join(' | '));
  expect(stated.sort()).toEqual(
    laws.map(({ id, title }) => `| ${id} | ${title.replaceAll('|', '¦')}`).sort(),
  );
});

it('docs/laws.md has the error that was measured for every law', async () => {
  const rows = await rowsUnder('Measured');
  expect(rows.map((row) => row.split(' | ')[0]!.slice(2)).sort()).toEqual(laws.map(({ id }) => id).sort());
  expect(rows.filter((row) => row.includes('falls'))).toEqual([]);
});

it('docs/laws.md names every mutant, and the laws that kill it', async () => {
  expect(await rowsUnder('Mutants')).toEqual(
    Object.entries(faults).map(([name, killedBy]) => `| ${name} | ${killedBy.join(', ')} |`),
  );
});
