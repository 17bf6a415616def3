import {
  type BackendName,
  listBackends,
  type OpenBackend,
  type OpenBackendOptions,
  openBackend,
} from '@normlab/backends';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';

/** Opens a backend and cpu for a suite; `compute` runs the same code on each and reads the results. */
export function describeBeside(
  name: BackendName,
  options: OpenBackendOptions,
  suite: (compute: Compute) => void,
): void {
  const reason = unavailable(name);
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

const statuses = await listBackends();

/** Why a backend cannot be opened here, and what to do; undefined where it can. */
export function unavailable(name: BackendName): string | undefined {
  const { reason, remedy } = statuses.find((status) => status.name === name)!;
  return reason === undefined ? undefined : `${reason} (${remedy})`;
}
