import type { Workload } from '../workload.js';
import type { Reply, Request } from './protocol.js';

/** A workload with its inputs. */
export type Prepared = {
  /** The function to time. */
  once(): void | Promise<void>;
  /** Returns when the work of all calls is done; left out if `once` does so. Timed once, after the last call. */
  settle?(): void;
  /** Disposes the inputs. */
  release(): void;
};

/**
 * Answers requests, in any kind of peer. Inputs are created once for each workload, and this is not timed.
 *
 * @param heapBytes memory of the engine, if it has its own heap
 */
export function answering(
  prepare: (workload: Workload) => Promise<Prepared>,
  heapBytes?: () => number | undefined,
): (request: Request) => Promise<Reply> {
  const prepared = new Map<string, Prepared>();
  return async (request) => {
    try {
      if ('forget' in request) {
        for (const each of prepared.values()) each.release();
        prepared.clear();
        return { forgotten: true };
      }
      const key = JSON.stringify(request.workload);
      const run = prepared.get(key) ?? (await prepare(request.workload));
      prepared.set(key, run);
      const start = performance.now();
      for (let repeat = 0; repeat < request.repeats; repeat++) await run.once();
      run.settle?.();
      const seconds = (performance.now() - start) / 1000;
      const bytes = heapBytes?.();
      return bytes === undefined ? { seconds } : { seconds, heapBytes: bytes };
    } catch (error) {
      return { error: firstSentence(error) };
    }
  };
}

/** The error for a workload that a peer does not implement. */
export function unknownWorkload(workload: Workload): Error {
  return new Error(`no ${workload.kind} here`);
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0]!.trim();
}
