import { createInterface } from 'node:readline';
import type { Workload } from '../workload.js';
import { answering, type Prepared } from './answering.js';
import type { Greeting, Reply } from './protocol.js';

/** Answers requests on stdin until it ends. */
export async function serve(
  description: string,
  prepare: (workload: Workload) => Promise<Prepared>,
  heapBytes?: () => number | undefined,
): Promise<void> {
  const reply = answering(prepare, heapBytes);
  answer({ description });
  for await (const line of createInterface({ input: process.stdin })) answer(await reply(JSON.parse(line)));
}

function answer(reply: Greeting | Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
