import { createInterface } from 'node:readline';
import type { Workload } from '../workload.js';
import type { Greeting, Reply, Request } from './protocol.js';

/** A workload with its inputs made: what is timed, and what gives them back. */
export type Prepared = { once(): void | Promise<void>; release(): void };

/**
 * Answers requests on stdin until it ends. Inputs are made once for each workload, outside of what is timed.
 *
 * @param heapBytes memory of the engine, where it has a heap of its own
 */
export async function serve(
  description: string,
  prepare: (workload: Workload) => Promise<Prepared>,
  heapBytes?: () => number | undefined,
): Promise<void> {
  const prepared = new Map<string, Prepared>();
  answer({ description });
  for await (const line of createInterface({ input: process.stdin })) {
    const request: Request = JSON.parse(line);
    try {
      if ('forget' in request) {
        for (const each of prepared.values()) each.release();
        prepared.clear();
        answer({ forgotten: true });
        continue;
      }
      const key = JSON.stringify(request.workload);
      const run = prepared.get(key) ?? (await prepare(request.workload));
      prepared.set(key, run);
      const start = performance.now();
      for (let repeat = 0; repeat < request.repeats; repeat++) await run.once();
      const seconds = (performance.now() - start) / 1000;
      const bytes = heapBytes?.();
      answer(bytes === undefined ? { seconds } : { seconds, heapBytes: bytes });
    } catch (error) {
      answer({ error: firstSentence(error) });
    }
  }
}

/** What a peer says of a workload that it has no code for. */
export function unknownWorkload(workload: Workload): Error {
  return new Error(`no ${workload.kind} here`);
}

function answer(reply: Greeting | Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0]!.trim();
}
