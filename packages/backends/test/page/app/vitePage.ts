import { serve } from './serve.js';

// Vite emits a file for the worker where it finds just these words.
// @ts-expect-error: Node's types hold no web workers.
serve(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
