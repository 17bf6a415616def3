import { allCnn, buildModel, type Placement } from '@normlab/models';
import { crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { programsOf } from '../support/countPrograms.js';
import { normals } from '../support/tensors.js';

/**
 * The most programs that a step may issue on an adapter in software: what it issued when this was last changed. Each
 * program costs time to issue, whatever it computes.
 */
const most: readonly { norm: Placement; programs: number }[] = [
  { norm: 'bn', programs: 126 },
  { norm: 'cbn-lconv-nobn', programs: 103 },
];

const images = 32;
const batch = {
  images: normals(1, images, 24, 24, 3).data,
  labels: Int32Array.from({ length: images }, (_, n) => n % 10),
  shape: [images, 24, 24, 3] as const,
};

await describeBeside('webgpu', { adapter: 'software' }, (compute) => {
  describe('a training step of ALL-CNN at quarter width', () => {
    it.each(most)(
      '$norm: at most $programs programs',
      async ({ norm, programs }) => {
        const model = buildModel(allCnn({ width: 1 / 4, norm }));
        const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, l2: 0.001 });
        const step = trainStep(model, optimizer, crossEntropy);
        const names = await compute('webgpu', async () => {
          const first = initState(model, optimizer, 1);
          // In the first step the variables are not on the device yet, and tfjs computes some of it on the CPU.
          const { state: second } = await step(first, batch);
          disposeState(first);
          const issued = await programsOf(async () => {
            const { state: third } = await step(second, batch);
            disposeState(third);
          });
          disposeState(second);
          return issued;
        });
        expect(names.length, names.join('\n')).toBeLessThanOrEqual(programs);
      },
      180_000,
    );
  });
});
