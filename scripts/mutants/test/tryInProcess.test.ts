import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tryInProcess } from '../inProcess/tryInProcess.js';

it('finds the faults that no test sees', async () => {
  process.env.NORMLAB_MUTANTS_TESTS = '["scripts/mutants/test/fixture/*.check.ts"]';
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const mutants = await tryInProcess(root, ['scripts/mutants/test/fixture/clamp.ts'], '.stryker/fixture');
  const withStatus = (status: string) => mutants.filter((each) => each.status === status);
  // At the ends, the two comparisons make no difference.
  expect(withStatus('Survived').map(({ replacement }) => replacement)).toEqual(['x <= low', 'x >= high']);
  expect(withStatus('Killed').length).toBe(mutants.length - 2);
  expect(mutants.length).toBeGreaterThan(6);
});
