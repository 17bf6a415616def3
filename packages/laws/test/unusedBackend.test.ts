// In a file of its own: here nothing has used a backend before.
import { runSuite } from '@normlab/laws/suite';
import '@tensorflow/tfjs-backend-cpu';
import { getBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';

it('runSuite starts a backend that is registered and was never used', async () => {
  expect(getBackend()).toBeFalsy();
  for await (const { id, holds } of runSuite({ runs: 2, seed: 1, laws: ['7-mean'] })) {
    expect([id, holds]).toEqual(['7-mean', true]);
  }
  expect(getBackend()).toBe('cpu');
});
