import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseExperiment } from '@normlab/experiments';
import { takeLock } from '@normlab/files';
import { describe, expect, it, vi } from 'vitest';
import { carryOutExperiment } from '../../src/experiments/carryOutExperiment.js';
import { type PlannedRun, planRuns } from '../../src/experiments/planRuns.js';
import type { Terminal } from '../../src/terminal/terminal.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { writeRun } from './writeRun.js';

/** What stands in for a worker: it gets its arguments, and ends with status 0. */
const work = vi.hoisted(() => ({ as: (_: readonly string[]) => {} }));

vi.mock('node:child_process', async (original) => ({
  ...(await original<typeof import('node:child_process')>()),
  spawn: (_: string, args: readonly string[]) => {
    const child = new EventEmitter();
    setImmediate(() => {
      work.as(args);
      child.emit('close', 0, null);
    });
    return child;
  },
}));

/** Carries out an experiment of three runs, one after the other, whose workers do what `write` says. */
async function carriedOut(
  settings: object,
  write: (place: string, run: PlannedRun) => void,
  folder = temporaryFolder(),
  signal = new AbortController().signal,
) {
  const json = { title: 'Tiny', settings, arms: { norm: ['bn'] }, seeds: 3, reference: { norm: 'bn' } };
  const runs = await planRuns('tiny', parseExperiment(json, { where: 'tiny' }), {});
  const said: string[] = [];
  work.as = (args) => {
    const run = runs.find(({ name }) => args.includes(join(folder, name)))!;
    write(join(folder, run.name), run);
  };
  const terminal: Terminal = {
    ...{ result: () => {}, say: (text) => void said.push(text), warn: () => {} },
    ...{ watched: false, json: false, columns: () => Number.POSITIVE_INFINITY },
  };
  const outcome = await carryOutExperiment(folder, runs, { jobs: 1, terminal, signal });
  return { outcome, said };
}

it('a run whose log cannot be read fails, and the others continue', async () => {
  const { outcome, said } = await carriedOut({}, (place, { seed, settings }) =>
    writeRun(place, settings, seed === 1 ? { metrics: '{"type":"step","step":"one"}\n{}\n' } : {}),
  );
  expect(outcome).toEqual({
    done: ['bn-seed2', 'bn-seed3'],
    diverged: [],
    failed: [
      {
        run: 'bn-seed1',
        words: 'run log: bn-seed1/metrics.jsonl, line 1 must be a line of metrics with type and step.',
      },
    ],
    unfinished: ['bn-seed1'],
  });
  expect(said).toEqual([
    'begins   bn-seed1',
    'failed   bn-seed1: run log: bn-seed1/metrics.jsonl, line 1 must be a line of metrics with type and step.',
    'begins   bn-seed2',
    expect.stringMatching(/^done {5}bn-seed2: test accuracy 50\.0 % {2}\(1 of 3/),
    'begins   bn-seed3',
    expect.stringMatching(/^done {5}bn-seed3: test accuracy 50\.0 % {2}\(2 of 3/),
  ]);
});

it('a run whose log is damaged after its end fails too', async () => {
  const places: string[] = [];
  const { outcome } = await carriedOut({}, (place, { settings }) => {
    places.push(place);
    writeRun(place, settings);
    if (places.length === 3) writeRun(places[0]!, settings, { metrics: 'no JSON\n{}\n' });
  });
  expect(outcome).toMatchObject({
    done: ['bn-seed2', 'bn-seed3'],
    failed: [{ run: 'bn-seed1', words: expect.stringContaining('line 1 must hold JSON') }],
    unfinished: ['bn-seed1'],
  });
});

describe('a run that is there before', () => {
  const whole = (place: string, { settings }: PlannedRun) => writeRun(place, settings);

  it('fails if it cannot be read, and the others are trained', async () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'bn-seed2'), { norm: 'bn' }, { metrics: '{"type":"step","step":"one"}\n{}\n' });
    const { outcome, said } = await carriedOut({}, whole, folder);
    const words = 'run log: bn-seed2/metrics.jsonl, line 1 must be a line of metrics with type and step.';
    expect(outcome).toEqual({
      ...{ done: ['bn-seed1', 'bn-seed3'], diverged: [], unfinished: ['bn-seed2'] },
      failed: [{ run: 'bn-seed2', words }],
    });
    expect(said[0]).toBe(`failed   bn-seed2: ${words}`);
    expect(said.filter((line) => line.startsWith('begins'))).toEqual([
      'begins   bn-seed1',
      'begins   bn-seed3',
    ]);
  });

  it('goes on with the settings of the machine that it was begun with, and says so', async () => {
    const folder = temporaryFolder();
    const begun = { norm: 'bn', width: 0.1 } as const;
    writeRun(join(folder, 'bn-seed1'), { ...begun, seed: 1, threads: 1 }, { metrics: '' });
    writeRun(join(folder, 'bn-seed2'), { ...begun, seed: 2, threads: 2, build: 'plain' }, { metrics: '' });
    writeRun(join(folder, 'bn-seed3'), { ...begun, seed: 3, backend: 'cpu' }, { metrics: '' });
    const { said } = await carriedOut({ width: 0.1 }, whole, folder);
    expect(said.filter((line) => line.startsWith('begins'))).toEqual([
      'begins   bn-seed1',
      'begins   bn-seed2, with the threads, build that it was begun with',
      'begins   bn-seed3, with the backend, threads that it was begun with',
    ]);
  });

  it('is not started any more if Ctrl-C comes while another process still writes to it', async () => {
    const folder = temporaryFolder();
    const place = join(folder, 'bn-seed1');
    mkdirSync(place);
    const lock = await takeLock(join(place, '.lock'), { where: 'test', what: place });
    const stop = new AbortController();
    const wrote: string[] = [];
    const write = (at: string) => void wrote.push(at);
    setTimeout(() => {
      stop.abort();
      void lock.release();
    }, 100);
    const { outcome, said } = await carriedOut({}, write, folder, stop.signal);
    expect(wrote).toEqual([]);
    expect(said).toEqual([]);
    expect(outcome).toMatchObject({ failed: [], unfinished: ['bn-seed1', 'bn-seed2', 'bn-seed3'] });
  });

  it('ends the experiment if it is another than the planned one', async () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'bn-seed2'), { norm: 'none' });
    await expect(carriedOut({}, whole, folder)).rejects.toThrow('must be a run with');
  });
});

it('says on which images a run is evaluated', async () => {
  const { said } = await carriedOut({ validation: 2 }, (place, { settings }) => writeRun(place, settings));
  expect(said[1]).toMatch(/^done {5}bn-seed1: validation accuracy 50\.0 %/);
});
