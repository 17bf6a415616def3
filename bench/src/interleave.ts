import { setTimeout as sleep } from 'node:timers/promises';
import { peakBytes, resetPeak } from './peers/peakMemory.js';
import { CannotRun, type Peer } from './peers/peerProcess.js';
import { median, quantile } from './statistics.js';
import type { Workload } from './workload.js';

/** One peer with one workload. */
export type Case = { readonly peer: Peer; readonly workload: Workload };

/** The result: seconds per workload (the median of all runs), or why it was not measured. */
export type Timing =
  | {
      readonly seconds: number;
      /** The fastest run. */
      readonly least: number;
      /** (third quartile − first) / median */
      readonly spread: number;
      readonly n: number;
      /** Seconds per workload in each run; the same index of two cases is the same round. */
      readonly samples: readonly number[];
      readonly heapBytes: number;
      /** The most memory that the peer's process had resident, from before the first run on, in bytes. */
      readonly peakBytes: number | undefined;
    }
  | { readonly error: string };

export type InterleaveOptions = {
  /** Counted runs of each case. */
  readonly runs: number;
  /** A run repeats its workload for about this many seconds. */
  readonly seconds: number;
};

/** A case that takes longer than this is run only this often. */
const slow = { seconds: 1, runs: 3 };

/** V8 has compiled all of a short workload after about 300 of it; a long one is repeated for this long at most. */
const mostWarming = 300;
const warmSeconds = 2;

/** Pause between two peers: by then, threads that spin while waiting for work have gone to sleep. */
const pauseMilliseconds = 20;

/**
 * Times cases in turns, A B C A B C …, so that other load of the machine affects all of them equally. Warm-up runs of
 * each do not count: they compile code, fill caches, and determine how many repeats a run needs.
 */
export async function interleave(
  cases: readonly Case[],
  { runs, seconds }: InterleaveOptions,
): Promise<Timing[]> {
  const states: State[] = [];
  const peers = new Set(cases.map((each) => each.peer));
  for (const { processId } of peers) if (processId !== undefined) await resetPeak(processId);
  for (const each of cases) states.push(await warmUp(each, { runs, seconds }));
  for (let run = 0; run < runs; run++) {
    for (const state of states) {
      if ('error' in state || run >= state.runs) continue;
      await sleep(pauseMilliseconds);
      const { peer, workload, repeats, samples } = state;
      const timed = await peer.time(workload, repeats);
      samples.push(timed.seconds / repeats);
      state.heapBytes = timed.heapBytes ?? 0;
    }
  }
  const peaks = new Map<Peer, number | undefined>();
  for (const peer of peers) {
    if (peer.processId !== undefined) peaks.set(peer, await peakBytes(peer.processId));
    await peer.forget();
  }
  return states.map((state) => ('error' in state ? state : timingOf(state, peaks.get(state.peer))));
}

type Running = Case & {
  readonly repeats: number;
  readonly runs: number;
  readonly samples: number[];
  heapBytes: number;
};
type State = Running | { readonly error: string };

async function warmUp({ peer, workload }: Case, { runs, seconds }: InterleaveOptions): Promise<State> {
  try {
    await peer.time(workload, 1);
    const first = await peer.time(workload, 1);
    const warming = Math.min(mostWarming, Math.floor(warmSeconds / first.seconds));
    const once = warming > 1 ? await perWorkload(peer, workload, warming) : first;
    const repeats = Math.min(1000, Math.max(1, Math.ceil(seconds / once.seconds)));
    const runsHere = once.seconds > slow.seconds ? Math.min(runs, slow.runs) : runs;
    return { peer, workload, repeats, runs: runsHere, samples: [], heapBytes: 0 };
  } catch (error) {
    if (error instanceof CannotRun) return { error: error.message };
    throw error;
  }
}

async function perWorkload(peer: Peer, workload: Workload, repeats: number): Promise<{ seconds: number }> {
  const { seconds } = await peer.time(workload, repeats);
  return { seconds: seconds / repeats };
}

function timingOf({ samples, heapBytes }: Running, peakBytes: number | undefined): Timing {
  const seconds = median(samples);
  const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / seconds;
  return { seconds, least: Math.min(...samples), spread, n: samples.length, samples, heapBytes, peakBytes };
}
