import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '@normlab/files';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeRun } from '../experiments/writeRun.js';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const settings = {
  dataset: 'built-in',
  width: 0.03,
  trainImages: 32,
  testImages: 20,
  batch: 16,
  epochs: 1,
} as const;

const tiny = {
  title: 'Tiny',
  settings,
  arms: { norm: ['bn', 'cbn-all'] },
  seeds: 2,
  reference: { norm: 'bn' },
};

/** A place with an experiment, and programs `sbatch` and `squeue` that print what the test says. */
function workplace(programs: Record<string, string>): { folder: string; env: Record<string, string> } {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { folder, env: { PATH: `${bin}:/bin:/usr/bin` } };
}

const noted = (answer: string) => `printf '%s\\n' "$@" >> called; ${answer}`;
const lines = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('normlab compare --submit slurm', () => {
  it('submits one array of the missing runs with a script that runs each of them', async () => {
    const { folder, env } = workplace({ sbatch: noted('echo "41;here"'), squeue: noted('') });
    const one = await normlab(['compare', 'tiny.json', '--task', '2'], folder, { env });
    expect(one.status).toBe(0);
    const args = ['compare', 'tiny.json', '--build', 'plain', '--submit', 'slurm'];
    const submitted = await normlab([...args, '--sbatch', '--mem=1G --partition="all of it"'], folder, {
      env,
    });
    expect(submitted.stderr).toBe('');
    expect(submitted.status).toBe(0);
    expect(submitted.stdout).toContain('Tiny: 3 of 4 runs submitted as job 41.');
    expect(lines(folder, 'called')).toEqual(['--parsable', '--array=1,3-4', 'runs/tiny/slurm.sh']);
    expect(JSON.parse(readFileSync(join(folder, 'runs/tiny/slurm.json'), 'utf8'))).toMatchObject({
      jobs: [{ id: '41', tasks: { 1: 'bn-seed1', 3: 'bn-seed2', 4: 'cbn-all-seed2' } }],
    });
    const script = lines(folder, 'runs/tiny/slurm.sh');
    expect(script).toEqual(
      expect.arrayContaining([
        '#SBATCH --requeue',
        '#SBATCH --signal=B:USR1@120',
        '#SBATCH --cpus-per-task=1',
        '#SBATCH --mem=1G --partition="all of it"',
        `cd ${folder} || exit 1`,
      ]),
    );
    expect(script.find((line) => line.includes(' compare '))).toMatch(
      new RegExp(
        `normlab\\.js compare ${folder}/tiny\\.json --out ${folder}/runs/tiny --build plain --task "\\$SLURM_ARRAY_TASK_ID" &$`,
      ),
    );
  });

  it('what is in the queue is not submitted again, and is shown without --submit; then the report', async () => {
    const { folder, env } = workplace({
      sbatch: noted('echo 41'),
      squeue:
        'echo "41_1 RUNNING None"; echo "41_2 PENDING Resources"; echo "41_3 PENDING Priority"; echo "41_4 FAILED NonZeroExitCode"',
    });
    const args = ['compare', 'tiny.json', '--submit', 'slurm'];
    expect((await normlab(args, folder, { env })).status).toBe(0);
    const shown = await normlab(['compare', 'tiny.json'], folder, { env });
    expect(shown.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'run            state    steps  accuracy  Slurm',
        'bn-seed1       missing      –         –  running',
        'cbn-all-seed1  missing      –         –  pending: Resources',
        'cbn-all-seed2  missing      –         –  –',
        'Tiny: 0 of 4 runs are over.',
        'Submit again, with --submit slurm, for the runs that nobody trains.',
        'What the tasks printed: runs/tiny/slurm',
      ]),
    );
    expect(shown.status).toBe(1);
    await normlab(args, folder, { env });
    expect(lines(folder, 'called').filter((line) => line.startsWith('--array'))).toEqual([
      '--array=1-4',
      '--array=4',
    ]);

    // The same variables and number as of a task of the array; the folder's runs are then complete.
    const tasks = ['1', '2', '3', '4'].map((task) =>
      normlab(['compare', 'tiny.json', '--task', task], folder, { env }),
    );
    expect((await Promise.all(tasks)).map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(existsSync(join(folder, 'runs/tiny/report.html'))).toBe(false);
    const done = await normlab(['compare', 'tiny.json', '--json'], folder, { env });
    expect(done.status).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ unfinished: [], failed: [] });
    expect(JSON.parse(done.stdout).done).toHaveLength(4);
    expect(existsSync(join(folder, 'runs/tiny/report.html'))).toBe(true);
    const again = await normlab(args, folder, { env });
    expect(again.stdout).toContain('Nothing to submit: all 4 runs are over, in the queue or running.');
  });

  it('says so where Slurm is not, or refuses; nothing is noted as submitted', async () => {
    const { folder } = workplace({});
    const args = ['compare', 'tiny.json', '--submit', 'slurm'];
    const missing = await normlab(args, folder, { env: { PATH: join(folder, 'bin') } });
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain(
      'normlab compare: --submit must be called where sbatch is, on a machine of the cluster, got "slurm".',
    );
    const refusing = workplace({
      sbatch: [
        'echo "sbatch: unrecognized option --x" >&2',
        'echo "sbatch: error: no such partition" >&2',
        'echo "Try sbatch --help for more information" >&2',
        'exit 1',
      ].join('\n'),
      squeue: '',
    });
    const refused = await normlab(args, refusing.folder, { env: refusing.env });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      `--submit must be accepted by sbatch, got "slurm" (unrecognized option --x; no such partition).`,
    );
    expect(readdirSync(join(refusing.folder, 'runs/tiny'))).not.toContain('slurm.json');
  });

  it('submits nothing twice: not while squeue is silent, nor what another process holds; and tells of both', async () => {
    const { folder, env } = workplace({
      sbatch: noted('echo 41'),
      squeue:
        'test -e silent && { echo "squeue: error: Unable to contact slurm controller" >&2; exit 1; }; true',
    });
    const args = ['compare', 'tiny.json', '--out', 'my runs'];
    const submit = [...args, '--submit', 'slurm'];
    expect((await normlab(submit, folder, { env })).status).toBe(0);

    writeFileSync(join(folder, 'silent'), '');
    const refused = await normlab(submit, folder, { env });
    expect(refused.stderr).toBe(
      'normlab compare: squeue must answer, as runs of this folder were submitted before and may still be in the queue.\n',
    );
    expect(refused.status).toBe(1);
    const shown = await normlab(args, folder, { env });
    expect(shown.stdout).toMatch(/^bn-seed1 +missing +– +– +\?$/m);
    expect(shown.stdout).toContain('Slurm does not answer here: squeue failed.');
    expect(shown.status).toBe(0);

    rmSync(join(folder, 'silent'));
    const place = join(folder, 'my runs/bn-seed2');
    mkdirSync(place);
    const elsewhere = { ...thisProcess(), host: 'another-node', process: 7 };
    writeFileSync(join(place, '.lock'), JSON.stringify(elsewhere));
    const held = await normlab(args, folder, { env });
    expect(held.stdout).toMatch(/^bn-seed2 +running +– +– +–$/m);
    expect(held.stdout).toContain('bn-seed2 is held by process 7 on another-node, outside the queue.');
    expect(held.status).toBe(1);
    expect((await normlab(submit, folder, { env })).stdout).toContain('3 of 4 runs submitted');
    const arrays = lines(folder, 'called').filter((line) => line.startsWith('--array'));
    expect(arrays).toEqual(['--array=1-4', '--array=1-2,4']);
    const json = await normlab([...args, '--json'], folder, { env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      isAnswered: true,
      over: 0,
      runs: [
        { run: 'bn-seed1', task: 1, state: 'missing' },
        {},
        { run: 'bn-seed2', host: 'another-node' },
        {},
      ],
    });
  });

  it('a run that cannot be read is not submitted, hides no other, and fails; the report comes without it', async () => {
    const { folder, env } = workplace({ sbatch: noted('echo 41'), squeue: 'true' });
    vi.stubEnv('PATH', env.PATH);
    const place = (run: string) => join(folder, 'runs/tiny', run);
    const write = (run: string, seed: number) =>
      writeRun(place(run), { ...settings, norm: run.startsWith('bn') ? 'bn' : 'cbn-all', seed, threads: 1 });
    write('bn-seed1', 1);
    writeFileSync(join(place('bn-seed1'), 'config.json'), '{');
    const call = (...more: string[]) => callNormlab(['compare', 'tiny.json', ...more], folder);

    const submitted = await call('--submit', 'slurm');
    expect(submitted.stdout).toContain('3 of 4 runs submitted');
    expect(submitted.stderr).toMatch(/^.*bn-seed1\/config\.json must hold JSON.*\n$/);
    expect(submitted.status).toBe(1);
    expect(lines(folder, 'called')).toContain('--array=2-4');
    const shown = await call();
    expect(shown.stdout).toMatch(/^bn-seed1 +unreadable +– +– +–$/m);
    expect(shown.stderr).toContain('bn-seed1/config.json must hold JSON');
    expect(shown.status).toBe(1);

    write('cbn-all-seed1', 1);
    for (const run of ['bn-seed2', 'cbn-all-seed2']) write(run, 2);
    expect((await call('--submit', 'slurm')).stdout).toContain('Nothing to submit: all others are over');
    const reported = await call('--json');
    expect(JSON.parse(reported.stdout)).toMatchObject({
      done: ['cbn-all-seed1', 'bn-seed2', 'cbn-all-seed2'],
      failed: [{ run: 'bn-seed1', words: expect.stringContaining('must hold JSON') }],
      unfinished: ['bn-seed1'],
    });
    expect(reported.status).toBe(1);
  });

  it('a folder of another experiment is refused, also without --submit', async () => {
    const { folder, env } = workplace({ sbatch: noted('echo 41'), squeue: 'true' });
    expect((await normlab(['compare', 'tiny.json', '--submit', 'slurm'], folder, { env })).status).toBe(0);
    writeFileSync(
      join(folder, 'other.json'),
      JSON.stringify({ ...tiny, settings: { ...tiny.settings, batch: 8 } }),
    );
    for (const more of [[], ['--submit', 'slurm'], ['--task', '1']]) {
      const args = ['compare', 'other.json', '--out', 'runs/tiny', ...more];
      const { status, stderr } = await normlab(args, folder, { env });
      expect(stderr).toContain(
        '--out must hold the same experiment, but the two differ in settings, got "runs/tiny"',
      );
      expect(status).toBe(2);
    }
  });

  it('the script of a task waits for normlab whatever signals it gets, and asks for another turn before its limit', async () => {
    const { folder, env } = workplace({
      sbatch: 'echo 41',
      squeue: 'true',
      scontrol: 'echo "$@" > requeued',
    });
    expect((await normlab(['compare', 'tiny.json', '--submit', 'slurm'], folder, { env })).status).toBe(0);
    // A stand-in for normlab that saves for a while after TERM.
    const script = readFileSync(join(folder, 'runs/tiny/slurm.sh'), 'utf8');
    const standIn = `bash -c 'trap "sleep 0.5; exit 143" TERM; touch began; while true; do sleep 0.05; done'`;
    writeFileSync(join(folder, 'task.sh'), script.replace(/^.* compare .* &$/m, `${standIn} &`));
    for (const [signal, requeued] of [
      ['SIGTERM', false],
      ['SIGUSR1', true],
    ] as const) {
      rmSync(join(folder, 'began'), { force: true });
      const variables = { SLURM_ARRAY_JOB_ID: '41', SLURM_ARRAY_TASK_ID: '3' };
      const task = spawn('bash', ['task.sh'], { cwd: folder, env: { ...env, ...variables } });
      const ended = new Promise((resolve) => task.on('close', resolve));
      await vi.waitUntil(() => existsSync(join(folder, 'began')), { timeout: 300_000 });
      task.kill(signal);
      expect(await ended).toBe(143);
      expect(existsSync(join(folder, 'requeued'))).toBe(requeued);
    }
    expect(lines(folder, 'requeued')).toEqual(['requeue 41_3']);
  });

  it.each([
    ['before its training runs', (start: string) => `kill -TERM $$\n${start}`],
    ['before the number of its training is known', (start: string) => `${start} kill -TERM $$`],
  ])('the script of a task that gets a signal %s passes it on', async (_, signalled) => {
    const { folder, env } = workplace({ sbatch: 'echo 41', squeue: 'true' });
    expect((await normlab(['compare', 'tiny.json', '--submit', 'slurm'], folder, { env })).status).toBe(0);
    const script = readFileSync(join(folder, 'runs/tiny/slurm.sh'), 'utf8');
    writeFileSync(
      join(folder, 'task.sh'),
      script.replace(/^.* compare .* &$/m, () => signalled('sleep 30 &')),
    );
    const variables = { SLURM_ARRAY_JOB_ID: '41', SLURM_ARRAY_TASK_ID: '3' };
    const task = spawn('bash', ['task.sh'], { cwd: folder, env: { ...env, ...variables } });
    expect(await new Promise((resolve) => task.on('close', resolve))).toBe(143);
  });

  it.each([
    [['--submit', 'slurm', '--jobs', '2'], '--jobs must go without --submit'],
    [['--submit', 'slurm', '--task', '1'], '--task must go without --submit'],
    [['--sbatch', '--mem=1G'], '--sbatch must go with --submit'],
    [['--task', '5'], '--task must be at most 4, the number of runs of the experiment, got 5'],
    [['--submit', 'pbs'], '--submit must be one of slurm, got "pbs"'],
  ])('refuses %j', async (args, message) => {
    const { folder } = workplace({});
    const { status, stderr } = await callNormlab(['compare', 'tiny.json', ...args], folder);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
