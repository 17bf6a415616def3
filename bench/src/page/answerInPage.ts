import { openBackend } from '@normlab/backends';
import { answering, unknownWorkload } from '../peers/answering.js';
import type { Greeting, Reply, Request } from '../peers/protocol.js';
import { prepareStep } from '../workloads/step.js';

/** The first request of the page, followed by any number of peer requests. */
export type PageRequest = { readonly threads: number } | Request;

/** A peer in a page or in its worker: opens the backend at the first request. */
export function answerInPage(): (request: PageRequest) => Promise<Greeting | Reply> {
  const reply = answering(async (workload) => {
    if (workload.kind === 'step') return prepareStep(workload);
    throw unknownWorkload(workload);
  });
  return async (request) => {
    if (!('threads' in request)) return reply(request);
    const { description } = await openBackend('wasm', { threads: request.threads });
    return { description };
  };
}
