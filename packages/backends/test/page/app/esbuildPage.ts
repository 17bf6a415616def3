import { serve } from './serve.js';

// esbuild emits no file for a worker: it is an entry point of its own.
// @ts-expect-error: Node's types hold no web workers.
serve(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
