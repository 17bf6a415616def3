import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { NormlabError } from '@normlab/errors';
import type { RunLog, RunState } from '@normlab/experiments';
import { runFolders } from '@normlab/experiments/node';
import { runFolderState } from '../experiments/runFolderState.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { percent } from '../terminal/percent.js';
import { table } from '../terminal/table.js';
import { openTerminal } from '../terminal/terminal.js';

/** A run in a table: the document of `normlab runs --json` is a list of these. */
export type RunRow = {
  readonly run: string;
  readonly network: string;
  readonly norm: string;
  readonly dataset: string;
  readonly seed: number;
  readonly step: number;
  readonly steps: number;
  /** The accuracy of the last evaluation; null before the first. */
  readonly accuracy: number | null;
  readonly state: RunState;
  /** When the log was last written, ISO 8601. */
  readonly when: string;
};

/**
 * `normlab runs [DIR]`: a table of the runs in a folder and in the folders inside it. A run that cannot be read does not hide
 * the others: a warning says what is wrong with it, and the command fails after the table.
 *
 * @returns the exit status
 */
export async function runs(folder: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { sort = 'run' } = readOptions('runs', flags);
  const rows: RunRow[] = [];
  let unread = 0;
  const skipping: Skipping = async (read) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof NormlabError)) throw error;
      unread++;
      terminal.warn(error.message);
      return undefined;
    }
  };
  for (const each of await allRuns(folder, skipping)) {
    const row = await skipping(async () => {
      const { log } = await runFolderState(each);
      return log && rowOf(folder, each, log);
    });
    if (row !== undefined) rows.push(row);
  }
  rows.sort((a, b) => inOrder(a[sort], b[sort]) || inOrder(a.run, b.run));
  if (terminal.json) terminal.result(JSON.stringify(rows, null, 2));
  else if (rows.length > 0) terminal.result(tableOf(rows, terminal.columns()));
  else if (unread === 0) terminal.say(`No runs in ${folder}.`);
  return unread === 0 ? exitStatus.done : exitStatus.failed;
}

/** Reads something of a run; undefined, after a warning, if that cannot be read. */
type Skipping = <T>(read: () => Promise<T>) => Promise<T | undefined>;

/** The folder itself and two levels of folders in it: `runs/<run>` and `runs/<experiment>/<run>`. */
async function allRuns(folder: string, skipping: Skipping): Promise<string[]> {
  const direct = await runFolders(folder);
  const entries = await readdir(folder, { withFileTypes: true });
  const inner = entries
    .filter((entry) => entry.isDirectory() && !direct.includes(join(folder, entry.name)))
    .map((entry) => join(folder, entry.name));
  return [
    ...direct,
    ...(await Promise.all(inner.map((each) => skipping(() => runFolders(each))))).flatMap(
      (each) => each ?? [],
    ),
  ];
}

async function rowOf(root: string, folder: string, log: RunLog): Promise<RunRow> {
  const { settings, length } = log.head;
  const text = (key: string) => String(settings[key] ?? '–');
  const { mtime } = await stat(join(folder, 'metrics.jsonl')).catch(() => stat(join(folder, 'config.json')));
  return {
    run: relative(root, folder) || folder,
    network: String(settings.model ?? settings.spec ?? '–'),
    norm: text('norm'),
    dataset: text('dataset'),
    seed: Number(settings.seed),
    step: log.step,
    steps: length.steps,
    accuracy: log.evaluations.at(-1)?.accuracy ?? null,
    state: log.state,
    when: mtime.toISOString(),
  };
}

/** Compares numbers by value (the caller chooses the direction), and texts with their digits as numbers. */
function inOrder(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a ?? -1) - Number(b ?? -1);
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function tableOf(rows: readonly RunRow[], columns: number): string {
  return table(
    ['run', 'seed', 'steps', 'accuracy', 'state', 'when'],
    rows.map(({ run, seed, step, steps, accuracy, state, when }) => [
      run,
      seed,
      step === steps ? String(steps) : `${step}/${steps}`,
      accuracy === null ? '–' : percent(accuracy),
      state,
      when.slice(0, 16).replace('T', ' '),
    ]),
    columns,
  );
}
