import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

// Each test starts several processes, on machines that may be busy. A real Slurm is asked by .ci/slurm.
vi.setConfig({ testTimeout: 240_000 });

const tiny = {
  title: 'Tiny',
  settings: { dataset: 'built-in', width: 0.03, trainImages: 32, testImages: 20, batch: 16, epochs: 1 },
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
        'running           bn-seed1',
        'pending           cbn-all-seed1  Resources',
        'not in the queue  cbn-all-seed2',
        'Tiny: 0 of 4 runs are over.',
        'Submit again, with --submit slurm, for those that are not in the queue.',
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
    expect(again.stdout).toContain('Nothing to submit: all 4 runs are over or in the queue.');
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
      sbatch: 'echo "sbatch: error: invalid partition specified: gpu" >&2; exit 1',
      squeue: '',
    });
    const refused = await normlab(args, refusing.folder, { env: refusing.env });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      '--submit must be accepted by sbatch, got "slurm" (invalid partition specified: gpu).',
    );
    expect(readdirSync(join(refusing.folder, 'runs/tiny'))).not.toContain('slurm.json');
  });

  it.each([
    [['--submit', 'slurm', '--jobs', '2'], '--jobs must go without --submit'],
    [['--submit', 'slurm', '--task', '1'], '--task must go without --submit'],
    [['--sbatch', '--mem=1G'], '--sbatch must go with --submit'],
    [['--task', '5'], '--task must be at most 4, the number of runs of the experiment, got 5'],
    [['--submit', 'pbs'], '--submit must be one of slurm, got "pbs"'],
  ])('refuses %j', async (args, message) => {
    const { folder, env } = workplace({});
    const { status, stderr } = await normlab(['compare', 'tiny.json', ...args], folder, { env });
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
