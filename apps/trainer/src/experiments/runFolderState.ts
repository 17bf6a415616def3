import { join } from 'node:path';
import { OptionError } from '@normlab/errors';
import type { RunLog } from '@normlab/experiments';
import { readRun } from '@normlab/experiments/node';
import { fileExists, type LockOwner, lockHolder, readJson, withFileErrors } from '@normlab/files';
import { z } from 'zod';
import { decideNothing } from '../settings/trainOptions.js';
import { failureText } from '../terminal/failure.js';
import type { PlannedRun } from './planRuns.js';

const where = 'run folder';

/** The state of a run's folder, and its logs if it holds a run. */
export type RunFolderState = {
  /** A run is `done` only if nothing is left to do, as for `isOver`. */
  readonly log?: RunLog;
  /** The process that writes to the folder. */
  readonly holder: LockOwner | undefined;
  readonly isHeld: boolean;
  /** Nothing is left to do: the run has diverged, or is done and its last checkpoint is written. */
  readonly isOver: boolean;
};

/** Reads a run's folder and whether a process is writing to it. */
export async function runFolderState(folder: string): Promise<RunFolderState> {
  const holder = await withFileErrors(where, () => lockHolder(join(folder, '.lock')));
  const isHeld = holder !== undefined;
  if (!fileExists(join(folder, 'config.json'), { where })) return { holder, isHeld, isOver: false };
  const log = await readRun(folder, { isRunning: isHeld });
  if (log.state !== 'done') return { log, holder, isHeld, isOver: log.state === 'diverged' };
  if (await hasLastCheckpoint(folder, log)) return { log, holder, isHeld, isOver: true };
  return { log: { ...log, state: isHeld ? 'running' : 'interrupted' }, holder, isHeld, isOver: false };
}

/** The state of a planned run's folder; `failure` says why its files cannot be read. */
export type PlannedRunState = RunFolderState & { readonly failure?: string };

/**
 * Reads the folder of a planned run. A run that cannot be read does not hide the others.
 *
 * @throws OptionError if the folder holds a run other than the planned one
 */
export async function plannedRunState(folder: string, run: PlannedRun): Promise<PlannedRunState> {
  const state = await runFolderState(folder).catch((error: unknown): PlannedRunState => {
    const failure = failureText(error, { debug: false });
    return { holder: undefined, isHeld: false, isOver: false, failure };
  });
  if (state.log !== undefined) checkIsPlanned(folder, state.log, run);
  return state;
}

/**
 * A run killed after its last evaluation may lack its last checkpoint; logs kept without weights have no checkpoint at
 * all.
 */
async function hasLastCheckpoint(folder: string, { head }: RunLog): Promise<boolean> {
  const file = join(folder, 'checkpoint.json');
  if (!fileExists(file, { where })) return true;
  const checkpoint = z.looseObject({ step: z.number() }).safeParse(await readJson(file, { where }));
  return checkpoint.success && checkpoint.data.step === head.length.steps;
}

/**
 * Checks that the run in a folder is the planned run.
 *
 * @throws OptionError naming the first setting that differs
 */
function checkIsPlanned(folder: string, log: RunLog, { settings }: PlannedRun): void {
  const begun = log.head.settings;
  const keys = new Set([...Object.keys(settings), ...Object.keys(begun)]);
  for (const key of keys) {
    if (decideNothing.has(key)) continue;
    const [was, is] = [begun[key], Reflect.get(settings, key)].map((value) => JSON.stringify(value));
    if (was === is) continue;
    throw new OptionError({
      where: 'normlab compare',
      what: folder,
      rule: `be a run with ${key} ${is ?? 'left out'}, as the experiment says`,
      got: was ?? 'left out',
      hint: 'name another --out, or move the folder away',
    });
  }
}
