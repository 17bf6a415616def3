import { type BackendName, openBackend } from '@normlab/backends';
import { afterAll, beforeAll, describe } from 'vitest';

const names: readonly BackendName[] = ['cpu', 'wasm'];

/** The tests of `body`, once on each backend that normalizations must run on. */
export function onBackends(body: (name: BackendName) => void): void {
  describe.each(names)('on %s', (name) => {
    let close = async () => {};
    beforeAll(async () => {
      ({ close } = await openBackend(name));
    });
    afterAll(() => close());
    body(name);
  });
}
