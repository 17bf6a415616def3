import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { RunLog, RunState } from '@normlab/experiments';
import { runFolders } from '@normlab/experiments/node';
import { fileExists } from '@normlab/files';
import { runFolderState } from '../experiments/runFolderState.js';
import { configFile } from '../runFolder/configFile.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { percent } from '../terminal/percent.js';
import { type Skipping, skipUnreadable } from '../terminal/skipUnreadable.js';
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
 * `normlab runs [DIR]`: a table of the runs in a folder and in the folders inside it, or of one run. A run that cannot be
 * read does not hide the others: a warning says what is wrong with it, and the command fails after the table.
 *
 * @returns the exit status
 */
export async function runs(folder: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { sort = 'run' } = readOptions('runs', flags);
  const rows: RunRow[] = [];
  const skipping = skipUnreadable(terminal.warn);
  for (const each of await listedRuns(folder, skipping)) {
    const row = await skipping.read(async () => {
      const { log } = await runFolderState(each);
      return log && rowOf(folder, each, log);
    });
    if (row !== undefined) rows.push(row);
  }
  rows.sort((a, b) => inOrder(a[sort], b[sort]) || inOrder(a.run, b.run));
  if (terminal.json) terminal.result(JSON.stringify(rows, null, 2));
  else if (rows.length > 0) terminal.result(tableOf(rows, terminal.columns()));
  else if (!skipping.hasSkipped()) terminal.say(`No runs in ${folder}.`);
  return skipping.status();
}

/**
 * The folder itself if it is a run, otherwise the runs in it: a `config.json` may be that of another program. If there
 * are none, the folder again, so that its `config.json` is named as damaged.
 */
async function listedRuns(folder: string, skipping: Skipping): Promise<string[]> {
  const { log } = await runFolderState(folder).catch(() => ({ log: undefined }));
  if (log !== undefined) return [folder];
  const inside = await runsIn(folder, skipping);
  const hasConfig = fileExists(join(folder, configFile), { where: 'normlab runs' });
  return inside.length === 0 && hasConfig ? [folder] : inside;
}

/** Levels of folders that are looked into: `runs/<run>`, `runs/<experiment>/<run>` and `runs/cpu/<experiment>/<run>`. */
const mostLevels = 3;

/**
 * The runs in a folder and in the folders inside it that are no runs themselves; links to folders outside `root` are
 * followed.
 */
async function runsIn(
  folder: string,
  skipping: Skipping,
  levels = mostLevels,
  root = folder,
): Promise<string[]> {
  const direct = await runFolders(folder);
  if (levels === 1) return direct;
  const entries = await readdir(folder, { withFileTypes: true });
  const below = await Promise.all(
    entries.map(async (entry) => {
      const inner = join(folder, entry.name);
      const isLink = entry.isSymbolicLink();
      if (direct.includes(inner) || !(isLink ? await leadsOut(inner, root) : entry.isDirectory())) return [];
      return skipping.read(() => runsIn(inner, skipping, levels - 1, root));
    }),
  );
  return [...direct, ...below.flatMap((each) => each ?? [])];
}

/** Whether a link leads to a folder whose runs are not listed already: not in `root`, and not around the link. */
async function leadsOut(link: string, root: string): Promise<boolean> {
  try {
    if (!(await stat(link)).isDirectory()) return false;
    const target = await realpath(link);
    return !isWithin(target, await realpath(root)) && !isWithin(await realpath(dirname(link)), target);
  } catch {
    // A link to nothing.
    return false;
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
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

/** Compares numbers by value, and texts with their digits as numbers. */
function inOrder(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a ?? -1) - Number(b ?? -1);
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function tableOf(rows: readonly RunRow[], columns: number): string {
  return table(
    ['run', 'seed', 'steps', 'accuracy', 'state', 'when (UTC)'],
    rows.map(({ run, seed, step, steps, accuracy, state, when }) => [
      run,
      // A name, not a quantity: without commas, as --seed takes it.
      String(seed),
      step === steps ? String(steps) : `${step}/${steps}`,
      accuracy === null ? '–' : percent(accuracy),
      state,
      when.slice(0, 16).replace('T', ' '),
    ]),
    columns,
  );
}
