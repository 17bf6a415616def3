import { answerInPage, type PageRequest } from './answerInPage.js';

/** The part of Worker that the page uses; Node's types have no web worker. */
type PageWorker = {
  postMessage(request: PageRequest): void;
  onmessage?: (event: { readonly data: object }) => void;
};

/** The global scope of the page, whose functions the benchmark calls. */
const scope = globalThis as {
  ready?: boolean;
  inPage?(request: PageRequest): Promise<object>;
  inWorker?(request: PageRequest): Promise<object>;
};

let worker: PageWorker | undefined;

scope.inPage = answerInPage();
scope.inWorker = (request) =>
  new Promise((resolve) => {
    // @ts-expect-error: Node's types have no web workers.
    worker ??= new Worker(new URL('./pageWorker.js', import.meta.url), { type: 'module' }) as PageWorker;
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(request);
  });
scope.ready = true;
