import { type BackendName, type OpenBackend, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { unavailable } from '@normlab/testing';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';

/** Opens a backend and cpu for a suite; `compute` runs the same code on each and reads the results. */
export async function describeBeside(
  name: BackendName,
  options: OpenBackendOptions,
  suite: (compute: Compute) => void,
): Promise<void> {
  const reason = await unavailable(name);
  describe.skipIf(reason !== undefined)(
    reason === undefined ? `${name} beside cpu` : `${name} beside cpu, SKIPPED: ${reason}`,
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
