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
  suiteWith(`${name} ${JSON.stringify(options)}`, runs, () => withBackend(name, options));
}

/** The same on a backend that `hooks`, called in a `describe`, open and close. */
export function suiteWith(title: string, runs: number, hooks: () => void): void {
  describe(`on ${title}`, () => {
    hooks();

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
