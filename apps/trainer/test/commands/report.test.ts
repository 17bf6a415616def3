import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { PoolOptions } from '../../src/experiments/runPool.js';
import { writeRun } from '../experiments/writeRun.js';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

/** What stands in for the processes of `normlab compare`. */
const work = vi.hoisted(() => ({ as: (_: PoolOptions) => {} }));

vi.mock('../../src/experiments/runPool.js', () => ({
  runPool: async (options: PoolOptions) => work.as(options),
}));

const normOf = { 'bn-seed1': 'bn', 'cbn-all-seed1': 'cbn-all' } as const;
const names = Object.keys(normOf) as (keyof typeof normOf)[];

/** Two runs of an experiment. */
function writeRuns(folder: string): void {
  for (const name of names) writeRun(join(folder, name), { norm: normOf[name], threads: 1 });
}

describe('a run that cannot be read does not hide the others', () => {
  it('from normlab report, which says what is wrong with it, and fails', async () => {
    const folder = temporaryFolder();
    writeRuns(folder);
    expect(await normlab(['report', '.', '--json'], folder)).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(join(folder, 'bn-seed1', 'config.json'), '{');
    const { status, stdout, stderr } = await callNormlab(['report', '.', '--format', 'markdown'], folder);
    expect(stdout).toContain('1 of 1 runs');
    expect(stderr).toMatch(/^.*bn-seed1\/config\.json must hold JSON.*\n$/);
    expect(status).toBe(1);
  });

  it('from the report of normlab compare, which fails too', async () => {
    const folder = temporaryFolder();
    const arms = { norm: Object.values(normOf) };
    const experiment = { title: 'Tiny', settings: {}, arms, seeds: 1, reference: { norm: 'bn' } };
    writeFileSync(join(folder, 'tiny.json'), JSON.stringify(experiment));
    const compare = () => callNormlab(['compare', 'tiny.json', '--json'], folder);
    work.as = () => writeRuns(join(folder, 'runs/tiny'));
    const whole = await compare();
    expect(whole.status).toBe(0);
    expect(JSON.parse(whole.stdout).done).toEqual(names);

    writeFileSync(join(folder, 'runs/tiny/bn-seed1/recordings.jsonl'), 'no JSON\n{}\n');
    const damaged = await compare();
    expect(damaged.stderr).toContain('recordings.jsonl');
    expect(JSON.parse(damaged.stdout).done).toEqual(names);
    expect(existsSync(join(folder, 'runs/tiny/report.html'))).toBe(true);
    expect(damaged.status).toBe(1);
  });
});
