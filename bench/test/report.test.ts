import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { writeIntoDoc } from '../src/report.js';

const doc = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

it('writes each backend’s results between its own two marks, and keeps the rest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'normlab-report-'));
  try {
    const file = join(folder, 'performance.md');
    const before = await readFile(doc, 'utf8');
    await writeFile(file, before);
    await writeIntoDoc(file, 'webgpu', 'RESULTS OF A GPU');
    const once = await readFile(file, 'utf8');
    const start = before.indexOf('<!-- webgpu results');
    expect(once.startsWith(before.slice(0, start))).toBe(true);
    expect(once.slice(start)).toContain('-->\n\nRESULTS OF A GPU\n<!-- end of webgpu results -->');
    await writeIntoDoc(file, 'wasm', 'RESULTS OF A PROCESSOR');
    const both = await readFile(file, 'utf8');
    expect(both).toContain('-->\n\nRESULTS OF A PROCESSOR\n<!-- end of results -->');
    expect(both.slice(both.indexOf('<!-- webgpu results'))).toBe(once.slice(start));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
