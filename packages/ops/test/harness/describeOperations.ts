import { expectWithin, normalArray, readAll, type Setting } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { itIsDifferentiable } from './itIsDifferentiable.js';
import { itIsPure } from './itIsPure.js';
import { type Operation, tensorsOf } from './operation.js';

/**
 * The tests that every operation must pass, for each given call; to be called inside `onBackends`.
 *
 * On webgpu only the first and the last call are tested: the software adapter compiles shaders slowly.
 */
export function describeOperations(
  setting: Setting,
  calls: readonly { title: string; operation: Operation }[],
): void {
  const chosen = setting === 'webgpu' ? [...new Set([calls.at(0)!, calls.at(-1)!])] : calls;
  describe.each(chosen)('$title', ({ operation }) => {
    it('y ≈ its float64 twin', async () => {
      const { inputs, run, reference, bounds } = operation;
      const expected = reference(inputs);
      const { y } = await readAll(() => ({ y: run(tensorsOf(inputs)) }));
      expect(y.shape).toEqual(expected.shape);
      expectWithin(y.values, expected, bounds(normalArray(expected.shape, 7)).output);
    });
    itIsDifferentiable(operation);
    itIsPure(operation);
  });
}
