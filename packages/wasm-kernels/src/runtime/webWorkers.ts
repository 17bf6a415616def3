/** The part of a web worker that we use; Node's types have no web worker. */
export type WebWorker = {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(
    type: 'message' | 'error',
    listener: (event: { readonly message?: string }) => void,
    options: { once: boolean },
  ): void;
};

type WebWorkerApi = {
  readonly Worker: new (url: string, options: { type: 'module' }) => WebWorker;
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
  readonly Blob: new (parts: readonly string[], options: { type: string }) => object;
};

/** The API that starts web workers from text; undefined where it is missing, as in Node. */
export const webWorkers: WebWorkerApi | undefined =
  'Worker' in globalThis ? (globalThis as unknown as WebWorkerApi) : undefined;
