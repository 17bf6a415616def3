import { arch, platform } from 'node:process';
import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { NormlabError } from '@normlab/errors';
import { absoluteChecks, laws, runSuite } from '@normlab/laws/suite';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Every absolute check, and every law on our own operations, 100 samples each by default, on one backend. */
export function suiteOn(
  name: BackendName,
  { runs = 100, options = {} }: { runs?: number; options?: OpenBackendOptions } = {},
): void {
  describe(`on ${name} ${JSON.stringify(options)}`, () => {
    let close = async () => {};
    let missing: string | undefined;
    beforeAll(async () => {
      try {
        const backend = await openBackend(name, options);
        close = () => backend.close();
      } catch (error) {
        // On Linux x64 npm brings all that any backend but tensorflow needs; elsewhere a GPU may be missing.
        const optional = name === 'tensorflow' || platform !== 'linux' || arch !== 'x64';
        if (!(error instanceof NormlabError) || !optional) throw error;
        missing = error.message;
      }
    });
    afterAll(() => close());

    it.for([...absoluteChecks, ...laws].map(({ id, title }) => [id, title] as const))(
      '%s: %s',
      { timeout: 600_000 },
      async ([id], context) => {
        if (missing !== undefined) context.skip(missing);
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
