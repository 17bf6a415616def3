import type { BackendName, OpenBackendOptions } from '@normlab/backends';
import { absoluteChecks, laws, runSuite } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

/** Every absolute check, and every law on our own operations, 100 samples each by default, on one backend. */
export function suiteOn(
  name: BackendName,
  { runs = 100, options = {} }: { runs?: number; options?: OpenBackendOptions } = {},
): void {
  describe(`on ${name} ${JSON.stringify(options)}`, () => {
    withBackend(name, options);

    it.for([...absoluteChecks, ...laws].map(({ id, title }) => [id, title] as const))(
      '%s: %s',
      { timeout: 600_000 },
      async ([id]) => {
        const before = memory().numTensors;
        for await (const report of runSuite({ runs, seed: 1, laws: [id] })) {
          if ('absolute' in report) {
            expect(report).toMatchObject({ id, holds: true });
            continue;
          }
          expect(report.counterexample).toBeUndefined();
          expect(report).toMatchObject({ id, holds: true, runs });
        }
        expect(memory().numTensors).toBe(before);
      },
    );
  });
}
