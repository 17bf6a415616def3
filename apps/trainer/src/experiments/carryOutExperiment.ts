import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileExists } from '@normlab/files';
import { failureText } from '../terminal/failure.js';
import { percent } from '../terminal/percent.js';
import type { Terminal } from '../terminal/terminal.js';
import { showCompareProgress } from './compareProgress.js';
import { recipeFileOf } from './experimentFolder.js';
import { lastStep } from './lastStep.js';
import type { PlannedRun } from './planRuns.js';
import { plannedRunState, type RunFolderState, runFolderState } from './runFolderState.js';
import { type Ending, runPool } from './runPool.js';

/** The outcomes of an experiment's runs, by name. */
export type CompareOutcome = {
  readonly done: readonly string[];
  readonly diverged: readonly string[];
  /** Ended by an error other than divergence, or not to be read. */
  readonly failed: readonly { readonly run: string; readonly words: string }[];
  readonly unfinished: readonly string[];
};

export type CarryOutOptions = {
  readonly jobs: number;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
};

const where = 'normlab compare';

/** How often a run whose process was killed is resumed. */
const mostTries = 5;

/**
 * Trains missing runs, resumes interrupted runs, and keeps runs that are done or have diverged. A run that fails, or
 * that cannot be read, is reported, and the others continue.
 *
 * @throws OptionError if a folder holds a run other than the planned one; thrown before any run begins
 */
export async function carryOutExperiment(
  folder: string,
  runs: readonly PlannedRun[],
  { jobs, terminal, signal }: CarryOutOptions,
): Promise<CompareOutcome> {
  const places = new Map(runs.map((run) => [run.name, join(folder, run.name)]));
  const states = await Promise.all(
    runs.map(async (run) => ({ run, state: await plannedRunState(places.get(run.name)!, run) })),
  );
  const missing = states
    .filter(({ state }) => !state.isOver && state.failure === undefined)
    .map(({ run }) => run);
  const over = new Set(states.filter(({ state }) => state.isOver).map(({ run }) => run.name));
  const failed: { run: string; words: string }[] = [];
  const progress = showCompareProgress(terminal, runs.length, () => performance.now() / 1000);
  const watching = new AbortController();
  const watch = watchSteps(places, over, progress.update, watching.signal);
  const tries = new Map<string, number>();
  const kept = new Map(states.map(({ run, state }) => [run.name, keptWords(run, state)]));
  const fail = (name: string, words: string) => {
    failed.push({ run: name, words });
    progress.line(`failed   ${name}: ${words.split('\n').at(-1) ?? ''}`);
  };
  try {
    for (const { run, state } of states) if (state.failure !== undefined) fail(run.name, state.failure);
    await runPool({
      tasks: missing.map((run) => ({ name: run.name, args: () => argumentsOf(folder, run, signal) })),
      jobs,
      signal,
      onStart: (name) => {
        const again = fileExists(join(places.get(name)!, 'checkpoint.json'), { where });
        progress.line(`${again ? 'resumes' : 'begins '}  ${name}${kept.get(name) ?? ''}`);
      },
      onEnd: async (name, ending) => {
        const state = await runFolderState(places.get(name)!);
        if (state.isOver) {
          over.add(name);
          const left = progress.left();
          progress.line(`${endWords(name, state)}  (${over.size} of ${runs.length}${left && `, ${left}`})`);
          return 'done';
        }
        if (signal.aborted) return 'done';
        const tried = (tries.get(name) ?? 0) + 1;
        tries.set(name, tried);
        if (wasKilled(ending) && tried < mostTries) {
          progress.line(
            `killed   ${name} (${ending.signal ?? ending.status}); it is resumed from its checkpoint`,
          );
          return 'again';
        }
        fail(name, ending.words);
        return 'done';
      },
      onError: (name, error) => fail(name, wordsOf(error)),
    });
  } finally {
    watching.abort();
    await watch;
    progress.stop();
  }
  return outcomeOf(runs, places, failed);
}

/** Says which settings of the machine a run that was begun keeps, as `train --resume` does, where others are given now. */
function keptWords({ settings }: PlannedRun, { log }: RunFolderState): string {
  if (log === undefined) return '';
  const begun = log.head.settings;
  const kept = (['backend', 'threads', 'build', 'adapter'] as const).filter(
    (key) => begun[key] !== settings[key],
  );
  return kept.length === 0 ? '' : `, with the ${kept.join(', ')} that it was begun with`;
}

function wordsOf(error: unknown): string {
  return failureText(error, { debug: false });
}

/** Killed by a signal, for example by the system when memory is short; shells report this as status 128 + n. */
function wasKilled({ status, signal }: Ending): boolean {
  return signal !== null || (status !== null && status > 128);
}

function endWords(name: string, { log }: RunFolderState): string {
  if (log?.state === 'diverged') return `diverged ${name}: ${log.reason}`;
  const images = log?.head.settings.validation === undefined ? 'test' : 'validation';
  return `done     ${name}: ${images} accuracy ${percent(log?.evaluations.at(-1)?.accuracy ?? 0)}`;
}

/**
 * The arguments that start a run from its recipe or resume it; waits while a process still writes to the folder, unless
 * the signal aborts.
 */
async function argumentsOf(folder: string, run: PlannedRun, signal: AbortSignal): Promise<string[]> {
  const place = join(folder, run.name);
  // A worker whose `compare` process was killed saves before it ends.
  for (let waited = 0; (await runFolderState(place)).isHeld && waited < mostSecondsHeld; waited++) {
    await setTimeout(1000, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
  }
  if (fileExists(join(place, 'config.json'), { where })) return ['train', '--resume', place, ...dataOf(run)];
  // The paths as this call of `compare` has them: the recipe may be of an earlier call, with the data elsewhere.
  return ['train', '--recipe', recipeFileOf(folder, run), '--out', place, ...dataOf(run), ...specOf(run)];
}

const mostSecondsHeld = 120;

function dataOf({ settings: { data } }: PlannedRun): string[] {
  return data === undefined ? [] : ['--data', data];
}

function specOf({ settings: { spec } }: PlannedRun): string[] {
  return spec === undefined ? [] : ['--spec', spec];
}

async function watchSteps(
  places: ReadonlyMap<string, string>,
  over: ReadonlySet<string>,
  update: (share: number, done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const lengths = new Map<string, number>();
  while (!signal.aborted) {
    let share = 0;
    for (const [name, place] of places) {
      if (over.has(name)) {
        share += 1;
        continue;
      }
      if (!lengths.has(name)) {
        const { log } = await runFolderState(place).catch(() => ({ log: undefined }));
        if (log !== undefined) lengths.set(name, log.head.length.steps);
      }
      const steps = lengths.get(name);
      if (steps !== undefined) share += Math.min(1, (await lastStep(place)) / steps);
    }
    update(share / places.size, over.size);
    await setTimeout(1000, undefined, { signal }).catch(() => {});
  }
}

type FolderEnd = Pick<RunFolderState, 'isOver' | 'log'>;

async function outcomeOf(
  runs: readonly PlannedRun[],
  places: ReadonlyMap<string, string>,
  failed: CompareOutcome['failed'],
): Promise<CompareOutcome> {
  const unread: { run: string; words: string }[] = [];
  const states = await Promise.all(
    runs.map(async ({ name }) => {
      const state: FolderEnd = await runFolderState(places.get(name)!).catch((error: unknown) => {
        if (failed.every(({ run }) => run !== name)) unread.push({ run: name, words: wordsOf(error) });
        return { isOver: false };
      });
      return { name, state };
    }),
  );
  const named = (wanted: (state: FolderEnd) => boolean) =>
    states.filter(({ state }) => wanted(state)).map(({ name }) => name);
  return {
    done: named(({ isOver, log }) => isOver && log?.state === 'done'),
    diverged: named(({ log }) => log?.state === 'diverged'),
    failed: [...failed, ...unread],
    unfinished: named(({ isOver }) => !isOver),
  };
}
