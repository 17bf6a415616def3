import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readMetrics } from '../../src/runFolder/metricsLog.js';
import {
  endOf,
  main,
  narrow,
  normlab,
  startNormlab,
  startShell,
  temporaryFolder,
  tiny,
} from './spawnNormlab.js';

const folder = temporaryFolder();

describe('a run folder', () => {
  it('of two trainings started at once, one trains and the other is refused, naming the process', async () => {
    const rates = ['0.1', '0.001'];
    const both = await Promise.all(
      rates.map((rate) => normlab(['train', ...tiny, '--learning-rate', rate, '--out', 'both'], folder)),
    );
    expect(both.map(({ status }) => status).sort()).not.toEqual([0, 0]);
    const winner = both.findIndex(({ status }) => status === 0);
    const { stderr } = both[1 - winner]!;
    expect(stderr).toMatch(
      /^normlab train: (both must be written by one process at a time, got "process \d+ on|--out must)/,
    );
    const config = JSON.parse(readFileSync(join(folder, 'both', 'config.json'), 'utf8'));
    expect(config.settings.learningRate).toBe(Number(rates[winner]));
    expect(readMetrics(join(folder, 'both')).filter(({ type }) => type === 'step')).toHaveLength(8);
  });

  it('in which a process is training is not resumed by another; after a kill it can be resumed', async () => {
    const long = ['--train-images', '4000', '--batch', '2', '--epochs', '1'];
    const child = startNormlab(['train', ...narrow, ...long, '--out', 'busy'], folder);
    const ended = endOf(child);
    while (readMetrics(join(folder, 'busy')).length < 2) await setTimeout(10);
    const second = await normlab(['train', '--resume', 'busy'], folder);
    expect(second.stderr).toContain(`must be written by one process at a time, got "process ${child.pid} on`);
    expect(second.status).toBe(1);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(folder, 'busy', '.lock'))).toBe(true);
    const again = startNormlab(['train', '--resume', 'busy'], folder);
    const lines = readMetrics(join(folder, 'busy')).length;
    const stopped = endOf(again);
    while (readMetrics(join(folder, 'busy')).length <= lines) await setTimeout(10);
    again.kill('SIGHUP');
    expect((await stopped).status).toBe(129);
    expect(readdirSync(join(folder, 'busy')).sort()).toEqual([
      'checkpoint.json',
      'checkpoint.safetensors',
      'config.json',
      'metrics.jsonl',
    ]);
  });

  it('in which a run was killed before it began is started again', async () => {
    mkdirSync(join(folder, 'begun'));
    writeFileSync(join(folder, 'begun', 'config.json.partial'), '{');
    const refused = await normlab(['train', '--resume', 'begun'], folder);
    expect(refused.stderr).toContain('is started again with --out begun');
    const { status } = await normlab(['train', ...narrow, '--steps', '1', '--out', 'begun'], folder);
    expect(status).toBe(0);
  });
});

describe('a finished run stays finished, even without its log', () => {
  it.each([
    ['whole epochs, log gone', ['--epochs', '1'], (log: string) => rmSync(log), 4],
    ['an odd length, log gone', ['--steps', '3'], (log: string) => rmSync(log), 3],
    ['log damaged', ['--steps', '4'], (log: string) => writeFileSync(log, '{"type":"st'), 4],
  ])(
    '%s: the evaluation is repeated, and the missing steps are reported',
    async (title, length, damage, steps) => {
      const run = title.replaceAll(/\W+/g, '-');
      await normlab(['train', ...narrow, ...length, '--out', run], folder);
      const log = join(folder, run, 'metrics.jsonl');
      const wanted = readMetrics(join(folder, run)).find(({ type }) => type === 'evaluation');
      const checkpoint = readFileSync(join(folder, run, 'checkpoint.safetensors'));
      damage(log);
      const { status, stdout, stderr } = await normlab(['train', '--resume', run, '--json'], folder);
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ finished: true, step: steps, steps });
      expect(stderr).toContain(`metrics.jsonl lacks ${steps} of the ${steps} steps before the checkpoint`);
      const { seconds: _, ...made } = readMetrics(join(folder, run)).find(
        ({ type }) => type === 'evaluation',
      )!;
      expect(wanted).toMatchObject(made);
      expect(readFileSync(join(folder, run, 'checkpoint.safetensors')).equals(checkpoint)).toBe(true);
    },
  );
});

describe.skipIf(process.platform === 'win32')('a reader that has gone', () => {
  it.each([
    ['stdout', '| head -1'],
    ['stderr', '--json 2> >(head -1 >&2) | cat'],
  ])('of %s does not end the training', async (_, rest) => {
    const run = `unread-${rest.includes('json') ? 2 : 1}`;
    const command = `"${process.execPath}" "${main}" train ${[...tiny, '--out', run].join(' ')} ${rest}; exit \${PIPESTATUS[0]}`;
    const { status } = await endOf(startShell(command, folder));
    expect(status).toBe(0);
    expect(readMetrics(join(folder, run)).at(-1)).toMatchObject({ type: 'evaluation', step: 8 });
    expect(existsSync(join(folder, run, 'checkpoint.safetensors'))).toBe(true);
  });
});
