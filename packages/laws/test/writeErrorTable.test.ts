import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@normlab/testing';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, '../scripts/writeErrorTable.js');
const law = { holds: true, largestError: 1.25e-7, bound: 3e-6, medianBound: 2e-6, runs: 90, redrawn: 10 };
const fallen = { ...law, holds: false, largestError: null, medianBound: 4e-6, redrawn: 0 };
const measured = (name: string, ...laws: object[]) => ({
  seed: 1,
  runs: 90,
  machine: 'a machine',
  backends: [{ name, description: `${name}: described`, laws }],
});

async function write(page: string, ...documents: object[]) {
  const folder = await temporaryFolder();
  const files = documents.map((_, i) => join(folder, `${i}.json`));
  for (const [i, file] of files.entries()) await writeFile(file, JSON.stringify(documents[i]));
  await writeFile(join(folder, 'page.md'), page);
  return new Promise<{ status: unknown; stderr: string; page: string }>((resolve) => {
    const args = [script, join(folder, 'page.md'), '2026-01-02', ...files];
    execFile(process.execPath, args, async (error, _, stderr) => {
      resolve({ status: error?.code ?? 0, stderr, page: await readFile(join(folder, 'page.md'), 'utf8') });
    });
  });
}

const page = 'before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n';

it('puts a column for every backend of every file between the markers', async () => {
  const wasm = measured('wasm', { id: '1', ...law }, { id: '2', ...law });
  const other = measured('tensorflow', { id: '2', ...fallen }, { id: '1', ...law });
  const { status, page: written } = await write(page, wasm, other);
  expect(status).toBe(0);
  expect(written).toMatchInlineSnapshot(`
    "before
    <!-- measured: begin -->
    Measured 2026-01-02:

    - wasm: described; 90 samples per law, seed 1; a machine
    - tensorflow: described; 90 samples per law, seed 1; a machine

    | law | wasm | tensorflow | median bound | drawn again |
    |---|---|---|---|---|
    | 1 | 1.2·10^-7 of 3.0·10^-6 | 1.2·10^-7 of 3.0·10^-6 | 2.0·10^-6 | 10.0 % |
    | 2 | 1.2·10^-7 of 3.0·10^-6 | ∞ of 3.0·10^-6 **falls** | 4.0·10^-6 | 10.0 % |
    <!-- measured: end -->
    after
    "
  `);
});

it.each([
  ['a page without markers', 'nothing', [measured('wasm', { id: '1', ...law })], 'must hold the markers'],
  [
    'other laws',
    page,
    [measured('wasm', { id: '1', ...law }), measured('cpu', { id: '2', ...law })],
    'cpu holds others',
  ],
  ['no file', page, [], 'usage: '],
])('refuses %s, and leaves the page as it is', async (_, given, documents, message) => {
  const { status, stderr, page: left } = await write(given, ...documents);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
  expect(left).toBe(given);
});
