import { join } from 'node:path';
import type { RunState } from '@normlab/experiments';
import type { LockOwner } from '@normlab/files';
import { percent } from '../terminal/percent.js';
import { table } from '../terminal/table.js';
import type { PlannedRun } from './planRuns.js';
import { plannedRunState } from './runFolderState.js';
import { type QueuedTask, queuedTasks } from './slurm.js';

/** One run of an experiment that is trained by a cluster: what its folder says, and what Slurm says. */
export type SubmittedRun = {
  readonly run: string;
  /** The number of its task, from 1. */
  readonly task: number;
  readonly state: RunState | 'missing' | 'unreadable';
  /** Why its files cannot be read. */
  readonly failure: string | undefined;
  /** Nothing is left to do. */
  readonly isOver: boolean;
  readonly step: number;
  /** null before the run has begun. */
  readonly steps: number | null;
  /** Of the last evaluation. */
  readonly accuracy: number | null;
  /** The process that writes to the folder. */
  readonly holder: LockOwner | undefined;
  /** Its task, if Slurm has not ended it. */
  readonly queued: QueuedTask | undefined;
};

export type SubmittedRuns = {
  readonly runs: readonly SubmittedRun[];
  /** Whether Slurm could be asked; if not, no run has a task. */
  readonly isAnswered: boolean;
};

/**
 * The state of all runs of an experiment.
 *
 * @throws OptionError if a folder holds a run other than the planned one
 */
export async function submittedRuns(folder: string, planned: readonly PlannedRun[]): Promise<SubmittedRuns> {
  const queue = await queuedTasks(folder);
  const tasks = new Map(queue?.map((each) => [each.run, each]));
  const runs = await Promise.all(
    planned.map(async (plan, index): Promise<SubmittedRun> => {
      const run = plan.name;
      const place = join(folder, run);
      const { log, isOver, holder, failure } = await plannedRunState(place, plan);
      const state = log?.state ?? 'missing';
      const shown = holder === undefined || isOver ? state : 'running';
      return {
        ...{ run, task: index + 1, isOver, holder, queued: tasks.get(run), failure },
        state: failure === undefined ? shown : 'unreadable',
        step: log?.step ?? 0,
        steps: log?.head.length.steps ?? null,
        accuracy: log?.evaluations.at(-1)?.accuracy ?? null,
      };
    }),
  );
  return { runs, isAnswered: queue !== undefined };
}

/** Whether nobody trains a run that is not over, nor will, though it could be trained. */
export function isLeft({ isOver, queued, holder, failure }: SubmittedRun): boolean {
  return !isOver && queued === undefined && holder === undefined && failure === undefined;
}

/** The runs as a table, with Slurm's state and reason of their tasks. */
export function submittedTable({ runs, isAnswered }: SubmittedRuns, columns: number): string {
  return table(
    ['run', 'state', 'steps', 'accuracy', 'Slurm'],
    runs.map(({ run, state, step, steps, accuracy, queued }) => [
      run,
      state,
      steps === null || step === steps ? String(steps ?? '–') : `${step}/${steps}`,
      accuracy === null ? '–' : percent(accuracy),
      isAnswered ? wordsOf(queued) : '?',
    ]),
    columns,
  );
}

function wordsOf(task: QueuedTask | undefined): string {
  if (task === undefined) return '–';
  const { state, reason } = task;
  return reason === '' || reason === 'None' ? state.toLowerCase() : `${state.toLowerCase()}: ${reason}`;
}
