import { serve } from './serve.js';

// esbuild emits no file for a worker, so the worker is a separate entry point.
// @ts-expect-error: Node's types lack web workers.
serve(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
