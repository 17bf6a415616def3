import { openBackend } from '@normlab/backends';
import { engine, memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSameBits, runOn, type Values } from './support/bothBackends.js';
import { kernelRuns as runs } from './support/kernelRuns.js';

describe.each(['plain', 'relaxed'] as const)('the %s build', (build) => {
  const byOneThread: Values[][] = [];

  beforeAll(async () => {
    const backend = await openBackend('wasm', { threads: 1, build });
    for (const { kernel, inputs, attrs } of runs)
      byOneThread.push(await runOn('wasm', kernel, inputs, attrs));
    await backend.close();
  });

  it.each([2, 3, 5])('the same bits by 1 thread and by %i', async (threads) => {
    const backend = await openBackend('wasm', { threads, build });
    const tensors = memory().numTensors;
    // Several rounds: which thread takes which task changes from one to the next.
    for (let round = 0; round < 3; round++) {
      for (const [i, { kernel, inputs, attrs }] of runs.entries()) {
        const outputs = await runOn('wasm', kernel, inputs, attrs);
        const same = outputs.map((output, j) => hasSameBits(output, byOneThread[i]![j]));
        expect(same, kernel).toEqual(outputs.map(() => true));
      }
    }
    expect(memory().numTensors).toBe(tensors);
    await backend.close();
  });
});

afterAll(() => engine().reset());
