import { type OpenBackend, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

type Name = 'cpu' | 'wasm' | 'tensorflow';

/** The same tests on each backend that is fast enough in software; those on tensorflow are skipped where it is absent. */
export function onBackends(title: string, body: (name: Name) => void): void {
  describe.each(['cpu', 'wasm', 'tensorflow'] as const)(`${title} on %s`, (name) => {
    let backend: OpenBackend | undefined;
    let reason: string | undefined;
    beforeAll(async () => {
      try {
        // One thread, as other files are tested at the same time.
        backend = await openBackend(name, { threads: 1 });
      } catch (error) {
        if (name !== 'tensorflow' || !(error instanceof BackendError)) throw error;
        reason = error.message;
      }
    });
    beforeEach(({ skip }) => skip(reason !== undefined, reason));
    afterAll(() => backend?.close());
    body(name);
  });
}
