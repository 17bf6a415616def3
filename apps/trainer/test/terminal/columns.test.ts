import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callNormlab } from '../commands/callNormlab.js';
import { narrow, normlab, temporaryFolder } from '../commands/spawnNormlab.js';

const folder = temporaryFolder();
const run = 'all-cnn-cbn-lconv-nobn-width-0.03-built-in-train-images-64-test-images-20-seed1';

async function linesOf(args: readonly string[], columns: number | undefined): Promise<string[]> {
  vi.stubEnv('COLUMNS', columns === undefined ? '' : String(columns));
  const { status, stdout } = await callNormlab(args, folder);
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

afterEach(() => {
  vi.unstubAllEnvs();
});

const widestOf = (lines: readonly string[]) => Math.max(...lines.map(({ length }) => length));

describe('tables in a terminal of 80 columns', () => {
  beforeAll(async () => {
    const train = ['train', ...narrow, '--dataset', 'built-in', '--steps', '1', '--out', join('runs', run)];
    expect((await normlab(train, folder)).status).toBe(0);
  });

  it.each([
    [['params']],
    [['params', '--model', 'resnet-101', '--norm', 'bn', '--classes', '100']],
    [['recipes']],
    [['runs']],
    [['laws', '--runs', '1', '--only', '2,3,9', '--backend', 'cpu']],
  ])('%j fits', async (args) => {
    const lines = await linesOf(args, 80);
    expect(lines.length).toBeGreaterThan(2);
    expect(widestOf(lines)).toBeLessThanOrEqual(80);
  });

  it('eval fits, with the whole confusion', async () => {
    const lines = await linesOf(['eval', join('runs', run)], 80);
    const tables = lines.slice(lines.indexOf('') + 1);
    expect(tables.some((line) => line.startsWith('truth \\'))).toBe(true);
    expect(widestOf(tables)).toBeLessThanOrEqual(80);
  });

  it('a row is one line in a file or pipe, whose width nothing says', async () => {
    const lines = await linesOf(['runs'], undefined);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(new RegExp(`^${run} +1 +1 `));
  });
});
