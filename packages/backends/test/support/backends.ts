import { type BackendName, type OpenBackend, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';

/** Opens a backend and cpu for a suite; `compute` runs the same code on each and reads the results. */
export function describeBeside(
  name: BackendName,
  options: OpenBackendOptions,
  suite: (compute: Compute) => void,
): void {
  const unavailable = reasons.get(name);
  describe.skipIf(unavailable !== undefined)(
    unavailable === undefined ? `${name} beside cpu` : `${name} beside cpu, SKIPPED: ${unavailable}`,
    () => {
      const open: OpenBackend[] = [];
      beforeAll(async () => {
        for (const each of ['cpu', name] as const)
          open.push(await openBackend(each, each === name ? options : {}));
      });
      afterAll(async () => {
        for (const each of open.reverse()) await each.close();
      });
      suite(async (on, run) => {
        await setBackend(on);
        return run();
      });
    },
  );
}

/** Runs on one of the two backends. */
export type Compute = <T>(on: BackendName, run: () => Promise<T>) => Promise<T>;

const reasons = new Map<BackendName, string>();
for (const name of ['webgpu'] as const) {
  try {
    await (await openBackend(name)).close();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    reasons.set(name, error.message);
  }
}
