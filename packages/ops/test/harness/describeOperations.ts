import { tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectWithin } from './expectWithin.js';
import { itIsDifferentiable } from './itIsDifferentiable.js';
import { itIsPure } from './itIsPure.js';
import type { Operation } from './operation.js';
import { normalArray, toTensor } from './samples.js';

/** What every operation must pass, for each way of calling it; to be called inside `onBackends`. */
export function describeOperations(calls: readonly { title: string; operation: Operation }[]): void {
  describe.each(calls)('$title', ({ operation }) => {
    it('y ≈ its float64 twin', () => {
      const { inputs, run, reference, bounds } = operation;
      const expected = reference(inputs);
      const y = tidy(() =>
        run(Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, toTensor(x)]))),
      );
      expect(y.shape).toEqual(expected.shape);
      expectWithin(y.dataSync(), expected, bounds(normalArray(expected.shape, 7)).output);
      y.dispose();
    });
    itIsDifferentiable(operation);
    itIsPure(operation);
  });
}
