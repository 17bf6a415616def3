import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endOf, normlab, startNormlab, temporaryFolder } from './spawnNormlab.js';

/** Eight steps per run, in two epochs. */
const tiny = {
  title: 'Tiny',
  settings: { dataset: 'built-in', width: 0.03, trainImages: 64, testImages: 20, batch: 16, epochs: 2 },
  arms: { norm: ['bn', 'cbn-all'] },
  seeds: 2,
  reference: { norm: 'bn' },
};

const names = ['bn-seed1', 'bn-seed2', 'cbn-all-seed1', 'cbn-all-seed2'];

const workplace = (experiment: object = tiny): string => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(experiment));
  return folder;
};

const checkpointOf = (folder: string, run: string) =>
  readFileSync(join(folder, 'runs/tiny', run, 'checkpoint.safetensors')).toString('base64');

/** The log without times. */
const logOf = (folder: string, run: string) =>
  readFileSync(join(folder, 'runs/tiny', run, 'metrics.jsonl'), 'utf8').replace(/,"seconds":[\d.]+/g, '');

/** Waits until a condition holds; otherwise the test's time limit fails it. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await setTimeout(20);
};

describe('normlab compare', () => {
  it('trains every arm with every seed, reports, and does nothing the second time', async () => {
    const folder = workplace();
    const first = await normlab(['compare', 'tiny.json', '--jobs', '2'], folder);
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    expect(readdirSync(join(folder, 'runs/tiny')).sort()).toEqual([
      ...[...names, 'experiment.json', 'recipes', 'report.html', 'results.json'],
    ]);
    expect(first.stdout).toContain('3. Constant batch norm everywhere is worse than batch norm');
    const results = JSON.parse(readFileSync(join(folder, 'runs/tiny/results.json'), 'utf8'));
    expect(results.groups[0].arms.map(({ accuracy }: { accuracy: { n: number } }) => accuracy.n)).toEqual([
      2, 2,
    ]);

    const logs = names.map((name) => logOf(folder, name));
    const second = await normlab(['compare', 'tiny.json', '--json'], folder);
    expect(JSON.parse(second.stdout)).toMatchObject({
      done: expect.arrayContaining(names),
      failed: [],
      unfinished: [],
    });
    expect(second.stderr).not.toContain('begins');
    expect(names.map((name) => logOf(folder, name))).toEqual(logs);

    // What decides nothing may change: the runs are still those of the experiment.
    const renamed = { ...tiny, title: 'Tiny again', settings: { ...tiny.settings, record: 'norms' } };
    writeFileSync(join(folder, 'renamed.json'), JSON.stringify(renamed));
    const third = await normlab(['compare', 'renamed.json', '--out', 'runs/tiny', '--json'], folder);
    expect(JSON.parse(third.stdout)).toMatchObject({ failed: [], unfinished: [] });
    expect(names.map((name) => logOf(folder, name))).toEqual(logs);

    const again = await normlab(['report', 'runs/tiny', '--format', 'markdown'], folder);
    expect(again.stdout).toContain('# Tiny again\n\n4 of 4 runs are done');
    const list = await normlab(['runs', '--json', '--sort', 'seed'], folder);
    expect(
      JSON.parse(list.stdout).map(({ run, state, step }: Record<string, unknown>) => [run, state, step]),
    ).toEqual([
      ['tiny/bn-seed1', 'done', 8],
      ['tiny/cbn-all-seed1', 'done', 8],
      ['tiny/bn-seed2', 'done', 8],
      ['tiny/cbn-all-seed2', 'done', 8],
    ]);
  });

  it('loses nothing if a worker and then compare itself are killed, and ends with the same bytes', async () => {
    const experiment = { ...tiny, seeds: 1, settings: { ...tiny.settings, epochs: 4 } };
    const whole = workplace(experiment);
    const broken = workplace(experiment);
    await normlab(['compare', 'tiny.json', '--jobs', '1'], whole);

    const place = join(broken, 'runs/tiny/bn-seed1');
    const first = startNormlab(['compare', 'tiny.json', '--jobs', '1'], broken);
    const ended = endOf(first);
    // Each epoch ends with a checkpoint from which the worker can resume.
    await until(() => existsSync(join(place, 'checkpoint.json')));
    process.kill(childOf(first.pid!), 'SIGKILL');
    await until(() => existsSync(join(broken, 'runs/tiny/cbn-all-seed1/checkpoint.json')));
    first.kill('SIGKILL');
    await ended;

    const last = await normlab(['compare', 'tiny.json', '--jobs', '1'], broken);
    expect(last.status).toBe(0);
    for (const run of ['bn-seed1', 'cbn-all-seed1']) {
      expect(checkpointOf(broken, run), run).toBe(checkpointOf(whole, run));
      expect(logOf(broken, run), run).toBe(logOf(whole, run));
    }
  });

  it('on SIGTERM saves all runs and ends with 143, and can be continued later', async () => {
    const folder = workplace({ ...tiny, seeds: 1, settings: { ...tiny.settings, epochs: 200 } });
    const child = startNormlab(['compare', 'tiny.json', '--jobs', '2'], folder);
    const ended = endOf(child);
    await until(() => existsSync(join(folder, 'runs/tiny/cbn-all-seed1/checkpoint.json')));
    child.kill('SIGTERM');
    expect((await ended).status).toBe(143);
    const { stdout } = await normlab(['runs', '--json'], folder);
    for (const { state, step } of JSON.parse(stdout)) {
      expect(state).toBe('interrupted');
      expect(step).toBeGreaterThan(0);
    }
  });

  it('continues with the other runs if a run fails, names the failure and ends with 1', async () => {
    const folder = workplace({
      ...tiny,
      seeds: 1,
      arms: { norm: ['bn'], dataset: ['built-in', 'images'] },
      when: [{ arm: { dataset: 'images' }, settings: { data: 'nowhere' } }],
    });
    const { status, stdout } = await normlab(['compare', 'tiny.json', '--json'], folder);
    const { done, failed } = JSON.parse(stdout);
    expect({ status, done }).toEqual({ status: 1, done: ['bn-built-in-seed1'] });
    expect(failed).toMatchObject([{ run: 'bn-images-seed1', words: expect.stringContaining('nowhere') }]);
  });

  it('refuses a folder of another experiment, and one in which another process works', async () => {
    const folder = workplace();
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...tiny, margin: 0.01 }));
    const slow = { ...tiny, settings: { ...tiny.settings, epochs: 500 } };
    writeFileSync(join(folder, 'tiny.json'), JSON.stringify(slow));
    const child = startNormlab(['compare', 'tiny.json', '--jobs', '1'], folder);
    const ended = endOf(child);
    await until(() => existsSync(join(folder, 'runs/tiny/experiment.json')));
    const locked = await normlab(['compare', 'tiny.json'], folder);
    expect(locked.stderr).toMatch(
      /^normlab compare: runs\/tiny must be written by one process at a time, got/,
    );
    child.kill('SIGTERM');
    await ended;
    const other = await normlab(['compare', 'other.json', '--out', 'runs/tiny'], folder);
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toContain(
      '--out must hold the same experiment, but the two differ in settings, margin',
    );
  });

  it('refuses unknown settings before any run begins', async () => {
    const folder = workplace({ ...tiny, arms: { norms: ['bn'] }, reference: { norms: 'bn' } });
    const { status, stderr } = await normlab(['compare', 'tiny.json'], folder);
    expect({ status, stderr }).toMatchInlineSnapshot(`
      {
        "status": 2,
        "stderr": "experiment tiny: norms must be a setting (did you mean "norm"?).
      ",
      }
    `);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    const unknown = await normlab(['compare', 'dmo'], folder);
    expect(unknown.stderr).toMatchInlineSnapshot(`
      "normlab compare: <experiment> must be an experiment of normlab or the path of a .json file, got "dmo" (did you mean "demo"?).
      "
    `);
  });
});

/** The child of a process: `compare` has one worker here. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}
