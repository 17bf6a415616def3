import type { BackendStatus } from '@normlab/backends';
import { type Answer, listBackends, perform, type Request } from './tasks.js';

/** The part of a web worker that the page uses; Node's types lack web workers. */
type PageWorker = {
  postMessage(request: Request): void;
  terminate(): void;
  onmessage?: (event: { readonly data: { readonly answer?: Answer; readonly failure?: string } }) => void;
  onerror?: (event: { readonly message: string }) => void;
};

/** The global scope of the page, whose functions the test calls. */
type PageScope = {
  ready?: boolean;
  perform?(request: Request): Promise<Answer>;
  listBackends?(): Promise<BackendStatus[]>;
};

/** Makes the functions that the test calls; `startWorker` is written as each bundler requires. */
export function serve(startWorker: () => PageWorker): void {
  const scope = globalThis as PageScope;
  scope.perform = (request) =>
    request.inWorker ? performInWorker(startWorker(), request) : perform(request);
  scope.listBackends = listBackends;
  scope.ready = true;
}

function performInWorker(worker: PageWorker, request: Request): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    worker.onmessage = ({ data: { answer, failure } }) =>
      answer === undefined ? reject(new Error(failure)) : resolve(answer);
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
