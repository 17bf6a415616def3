import { TrainError } from '@normlab/errors';
import type { Batch } from './batch.js';
import { nextTurn } from './nextTurn.js';
import type { Optimizer } from './optimizer.js';
import type { TrainState } from './trainState.js';
import type { BegunStep } from './trainStep.js';

/** A step that has been begun, and what it was begun with. */
export type RunningStep = {
  readonly begun: BegunStep;
  readonly batch: Batch;
  readonly learningRate: number;
};

/** The steps of an epoch, begun one after another. */
export type EpochSteps = {
  /** The step from `state`, newly begun or the one begun ahead; undefined if the signal has aborted before its turn. */
  readonly next: (state: TrainState) => Promise<RunningStep | undefined>;
  /** Begins the step from `state` ahead of its turn, now or when its batch has come; waits only for a batch that is there. */
  readonly goAhead: (state: TrainState) => Promise<void>;
  /** Drops a step whose turn has not come, and closes the batches. */
  readonly close: () => Promise<void>;
};

/**
 * The steps of an epoch up to number `end`.
 *
 * What is wrong with a step that was begun ahead, or with its batch, is thrown when its turn comes.
 */
export function epochSteps(
  source: AsyncIterable<Batch>,
  {
    epoch,
    end,
    optimizer,
    begin,
    signal,
  }: {
    readonly epoch: number;
    readonly end: number;
    readonly optimizer: Optimizer;
    readonly begin: (state: TrainState, batch: Batch) => BegunStep;
    readonly signal: AbortSignal | undefined;
  },
): EpochSteps {
  const batches = source[Symbol.asyncIterator]();
  let coming = nextInBackground(batches);
  let ahead: Promise<RunningStep | undefined> | undefined;
  /** The newest step, until its turn comes. */
  let waiting: BegunStep | undefined;
  let isClosed = false;

  async function start(state: TrainState): Promise<RunningStep | undefined> {
    await nextTurn();
    if (signal?.aborted) return undefined;
    const { done, value: batch } = await coming;
    if (isClosed) return undefined;
    if (done) throw tooFewBatches(epoch, end - state.step);
    const learningRate = optimizer.learningRate(state.step);
    const begun = begin(state, batch);
    waiting = begun;
    if (begun.state.step < end) coming = nextInBackground(batches);
    return { begun, batch, learningRate };
  }

  /** Whether a step begun ahead is not wanted any more. */
  const isDropped = () => ahead !== undefined && signal?.aborted === true;

  return {
    next: async (state) => {
      if (isDropped()) return undefined;
      const running = await (ahead ?? start(state));
      if (isDropped()) return undefined;
      ahead = undefined;
      waiting = undefined;
      return running;
    },
    goAhead: async (state) => {
      if (state.step === end) return;
      ahead = start(state);
      await Promise.race([ahead.catch(() => {}), nextTurn()]);
    },
    close: async () => {
      isClosed = true;
      waiting?.discard();
      await batches.return?.();
    },
  };
}

/** Requests the next batch while something else runs; an error is thrown only when the batch is needed. */
function nextInBackground(batches: AsyncIterator<Batch>): Promise<IteratorResult<Batch>> {
  const next = (async () => batches.next())();
  next.catch(() => {});
  return next;
}

function tooFewBatches(epoch: number, missing: number): TrainError {
  return new TrainError({
    where: 'fit',
    what: `batches(${epoch}, …)`,
    rule: 'yield every step of its epoch',
    got: `${missing} too few`,
    hint: 'stepsPerEpoch counts the batches of one epoch',
  });
}
