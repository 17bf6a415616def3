import { openBackend } from '@normlab/backends';
import { engine, memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasSameBits, randomValues, runOn, type Values } from './support/bothBackends.js';

type Run = { kernel: string; inputs: Record<string, Values>; attrs: object };

/** One run of every kernel, of a size that makes several tasks. */
const runs: Run[] = [
  ...[1, 2].flatMap((strides): Run[] => {
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const [x, filter] = [randomValues([9, 10, 10, 5], 1), randomValues([3, 3, 5, 19], 2)];
    const dy = randomValues([9, 10 / strides, 10 / strides, 19], 3);
    return [
      { kernel: 'Conv2D', inputs: { x, filter }, attrs },
      { kernel: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      { kernel: 'Conv2DBackpropFilter', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ];
  }),
  ...[
    [0, 1, 2],
    [1, 2, 3],
    [1, 2],
  ].flatMap((axes): Run[] => {
    const x = randomValues([12, 20, 20, 10], 4);
    const variance = randomValues(
      x.shape.filter((_, axis) => !axes.includes(axis)),
      5,
    );
    const attrs = { axes, epsilon: 2 };
    return [
      { kernel: 'NormlabStandardize', inputs: { x }, attrs },
      { kernel: 'NormlabStandardizeGrad', inputs: { dy: x, y: randomValues(x.shape, 6), variance }, attrs },
      { kernel: 'Sum', inputs: { x }, attrs: { axis: axes } },
    ];
  }),
  {
    kernel: 'NormlabBatchNorm',
    inputs: {
      x: randomValues([12, 20, 20, 10], 10),
      mean: randomValues([10], 11),
      variance: randomValues([10], 12),
      scale: randomValues([10], 13),
    },
    attrs: { epsilon: 1e-5, decay: 0.9, activation: 'relu' },
  },
  {
    kernel: 'NormlabBatchNormGrad',
    inputs: {
      dy: randomValues([12, 20, 20, 10], 14),
      kept: randomValues([12, 20, 20, 10], 15),
      frame: randomValues([3, 6, 4], 16),
    },
    attrs: { epsilon: 2, activation: 'relu' },
  },
  { kernel: 'Relu', inputs: { x: randomValues([70_001], 7) }, attrs: {} },
  { kernel: 'Add', inputs: { a: randomValues([500, 97], 8), b: randomValues([97], 9) }, attrs: {} },
];

const byOneThread: Values[][] = [];

beforeAll(async () => {
  const backend = await openBackend('wasm', { threads: 1 });
  for (const { kernel, inputs, attrs } of runs) byOneThread.push(await runOn('wasm', kernel, inputs, attrs));
  await backend.close();
});

it.each([2, 3, 5])('the same bits by 1 thread and by %i', async (threads) => {
  const backend = await openBackend('wasm', { threads });
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

afterAll(() => engine().reset());
