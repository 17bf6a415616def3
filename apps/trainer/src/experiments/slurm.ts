import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NormlabError, OptionError } from '@normlab/errors';
import { fileExists, makeFolder, readJson, withFileErrors, writeWhole } from '@normlab/files';
import { z } from 'zod';
import { shellWord } from '../terminal/shellWord.js';

const where = 'normlab compare';

const jobsFile = 'slurm.json';
const scriptFile = 'slurm.sh';
/** In the experiment's folder: what the tasks print. */
export const logsFolder = 'slurm';

const jobsSchema = z.strictObject({
  jobs: z.array(
    z.strictObject({
      id: z.string(),
      time: z.string(),
      /** The runs of the array by the number of their task. */
      tasks: z.record(z.string(), z.string()),
    }),
  ),
});

type Jobs = z.infer<typeof jobsSchema>;

/** What a job array does. */
export type JobArray = {
  /** The experiment's folder, which all machines of the cluster must see under this path. */
  readonly folder: string;
  readonly experiment: string;
  /** The arguments of `normlab compare` for a task, without its number. */
  readonly args: readonly string[];
  /** The runs to train, by the number of their task. */
  readonly tasks: ReadonlyMap<number, string>;
  /** Processors of a task. */
  readonly processors: number;
  /** Options of sbatch, as on its command line. */
  readonly sbatch: string | undefined;
};

/** A task of a submitted array: its run, and what Slurm says of it. */
export type QueuedTask = { readonly run: string; readonly state: string; readonly reason: string };

/**
 * Submits one job array, one task for each run.
 *
 * @returns the number that Slurm gave the job
 * @throws OptionError if there is no sbatch, or it refuses the options; then nothing was submitted
 */
export async function submitArray(array: JobArray): Promise<string> {
  const { folder, tasks } = array;
  const script = join(folder, scriptFile);
  await withFileErrors(where, async () => {
    await makeFolder(join(folder, logsFolder));
    await writeWhole(folder, [{ name: scriptFile, content: scriptOf(array) }], { survives: 'kill' });
  });
  const id = await sbatch(['--parsable', `--array=${rangesOf([...tasks.keys()])}`, script]);
  const earlier = await readJobs(folder);
  const named = Object.fromEntries([...tasks].map(([task, run]) => [String(task), run]));
  const jobs: Jobs = { jobs: [...earlier.jobs, { id, time: new Date().toISOString(), tasks: named }] };
  const content = `${JSON.stringify(jobs, null, 2)}\n`;
  await withFileErrors(where, () =>
    writeWhole(folder, [{ name: jobsFile, content }], { survives: 'power-loss' }),
  );
  return id;
}

/** Whether runs of an experiment's folder were submitted to Slurm. */
export function wasSubmitted(folder: string): boolean {
  return fileExists(join(folder, jobsFile), { where });
}

/**
 * The tasks of the folder's jobs that Slurm has not ended.
 *
 * @returns undefined if Slurm cannot be asked here
 */
export async function queuedTasks(folder: string): Promise<QueuedTask[] | undefined> {
  const { jobs } = await readJobs(folder);
  const found: QueuedTask[] = [];
  for (const { id, tasks } of jobs) {
    const lines = await squeue(id);
    if (lines === undefined) return undefined;
    for (const line of lines) {
      const [task, state = '', reason = ''] = line.split(' ');
      const run = tasks[task!.slice(task!.lastIndexOf('_') + 1)];
      if (run !== undefined && !isOver(state)) found.push({ run, state, reason });
    }
  }
  return found;
}

/**
 * The script of a task.
 *
 * Slurm sends TERM and then KILL when it stops a job to run it again, so that normlab saves. Before the time limit it sends
 * USR1: then normlab saves too, and the script itself asks for another turn.
 */
function scriptOf({ folder, experiment, args, processors, sbatch: options }: JobArray): string {
  const program = fileURLToPath(new URL('../../bin/normlab.js', import.meta.url));
  const command = [process.execPath, program, 'compare', ...args].map(shellWord).join(' ');
  const log = join(resolve(folder), logsFolder, '%A_%a.log');
  return `#!/bin/bash
#SBATCH --job-name=${shellWord(`normlab-${experiment.replaceAll('/', '-')}`)}
#SBATCH --cpus-per-task=${processors}
#SBATCH --output=${sbatchWord(log)}
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
${options === undefined ? '' : `#SBATCH ${options}\n`}
cd ${shellWord(process.cwd())} || exit 1
# A signal may come before the child runs, or its number is known.
stop() { if [ -n "$child" ]; then kill -TERM $child; else early=yes; fi; }
child=
trap stop TERM
trap 'again=yes; stop' USR1
${command} --task "$SLURM_ARRAY_TASK_ID" &
child=$!
if [ "$early" = yes ]; then kill -TERM $child; fi
# A signal ends the first kind of wait; the last one gives the status of the child, also after its end.
while kill -0 $child 2>/dev/null; do wait $child; done
wait $child
status=$?
if [ "$again" = yes ] && [ $status -eq 143 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit $status
`;
}

/** A path in a line that sbatch reads. */
function sbatchWord(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

/** `1-3,7`: as --array takes it. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const each of [...numbers].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.[1] === each - 1) range[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

async function readJobs(folder: string): Promise<Jobs> {
  const file = join(folder, jobsFile);
  if (!fileExists(file, { where })) return { jobs: [] };
  const parsed = jobsSchema.safeParse(await readJson(file, { where }));
  if (parsed.success) return parsed.data;
  const rule = 'hold the jobs that were submitted';
  throw new NormlabError({ where, what: file, rule, hint: 'if none of them is in the queue, delete it' });
}

const run = promisify(execFile);

async function sbatch(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('sbatch', args);
    // `1234`, or `1234;cluster`
    return stdout.trim().split(';')[0]!;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') {
      const rule = 'be called where sbatch is, on a machine of the cluster';
      throw new OptionError({ where, what: '--submit', rule, got: 'slurm' });
    }
    const lines = stderr.trim().split('\n');
    const complaints = lines.filter((line) => line.startsWith('sbatch: '));
    const words = complaints.length > 0 ? complaints : lines.slice(-1);
    const hint = words.map((line) => line.replace(/^sbatch: (error: )?/, '')).join('; ');
    throw new OptionError({ where, what: '--submit', rule: 'be accepted by sbatch', got: 'slurm', hint });
  }
}

/** Lines of a job's tasks: number, state, reason. None if Slurm no longer knows the job; undefined if it does not answer. */
async function squeue(id: string): Promise<string[] | undefined> {
  try {
    const { stdout } = await run('squeue', ['--noheader', '--array', '--jobs', id, '--format=%i %T %r']);
    return stdout.split('\n').filter((line) => line !== '');
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    return /Invalid job id/.test(stderr) ? [] : undefined;
  }
}

const over = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'OUT_OF_MEMORY',
  'NODE_FAIL',
  'DEADLINE',
  'BOOT_FAIL',
];

function isOver(state: string): boolean {
  return over.includes(state);
}
