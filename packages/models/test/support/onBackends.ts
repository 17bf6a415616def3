import { type OpenBackend, openBackend } from '@normlab/backends';
import { afterAll, beforeAll, describe } from 'vitest';

/** The same tests on each backend that runs everywhere. */
export function onBackends(title: string, body: (name: 'cpu' | 'wasm') => void): void {
  describe.each(['cpu', 'wasm'] as const)(`${title} on %s`, (name) => {
    withBackend(name);
    body(name);
  });
}

/** Opens a backend for the tests of a block; one thread, as other files are tested at the same time. */
export function withBackend(name: 'cpu' | 'wasm'): void {
  let backend: OpenBackend | undefined;
  beforeAll(async () => {
    backend = await openBackend(name, { threads: 1 });
  });
  afterAll(() => backend?.close());
}
