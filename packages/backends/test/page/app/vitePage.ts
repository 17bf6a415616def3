import { serve } from './serve.js';

// Vite emits a file for a worker only where the worker is created by an expression of exactly this form.
// @ts-expect-error: Node's types lack web workers.
serve(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
