import { fusedKernel } from '@normlab/kernels';
import { dispose, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { programsOf } from '../support/countPrograms.js';
import { normals, tensorOf } from '../support/tensors.js';

await describeBeside('webgpu', {}, (compute) => {
  it.each([
    { rows: 1, classes: 1 },
    { rows: 1, classes: 2 },
    { rows: 63, classes: 3 },
    { rows: 64, classes: 10 },
    { rows: 65, classes: 10 },
    { rows: 300, classes: 7 },
    { rows: 5, classes: 1001 },
  ])('the rows of $rows × $classes that are correct, in one program', async ({ rows, classes }) => {
    const noise = normals(rows, rows, classes);
    // Halves, most of them below 0: many rows have several largest entries.
    const logits = { shape: noise.shape, data: noise.data.map((z) => Math.round(2 * z) / 2 - 2) };
    const largest = Array.from({ length: rows }, (_, row) => {
      const z = logits.data.subarray(row * classes, (row + 1) * classes);
      return z.indexOf(Math.max(...z));
    });
    // Every third label is wrong by one; −1 and the number of classes, which come of that, are no classes.
    const labels = largest.map((k, row) => (row % 3 === 1 ? k + (row % 2 === 0 ? 1 : -1) : k));
    const { names, count } = await compute('webgpu', async () => {
      const [z, y] = [tensorOf(logits), tensor1d(labels, 'int32')];
      const kernel = fusedKernel('NormlabCountCorrect')!;
      const read = async () => {
        const [count] = kernel({ logits: z, labels: y });
        const [value] = await count.data();
        const { shape, dtype } = count;
        dispose(count);
        return { shape, dtype, value };
      };
      await read();
      let count: unknown;
      const names = await programsOf(async () => {
        count = await read();
      });
      dispose([z, y]);
      return { names, count };
    });
    const expected = labels.filter((label, row) => label === largest[row]).length;
    expect(count).toEqual({ shape: [], dtype: 'float32', value: expected });
    expect(names).toHaveLength(1);
  });

  it('the first of equal entries is chosen, below 0 and above, and a label outside the classes is none', async () => {
    const rows = [
      { z: [5, 5, 1], label: 0, counts: true },
      { z: [5, 5, 1], label: 1, counts: false },
      { z: [-3, -1, -1], label: 1, counts: true },
      { z: [-3, -1, -1], label: 2, counts: false },
      { z: [0, 0, 0], label: 0, counts: true },
      { z: [1, 2, 3], label: 3, counts: false },
      { z: [3, 2, 1], label: -1, counts: false },
      { z: [-Infinity, -3e38, -Infinity], label: 1, counts: true },
      { z: [0, 1, Infinity], label: 2, counts: true },
    ];
    const counts = await compute('webgpu', async () => {
      const read: number[] = [];
      for (const { z, label } of rows) {
        const logits = tensorOf({ shape: [1, 3], data: Float32Array.from(z) });
        const labels = tensor1d([label], 'int32');
        const [count] = fusedKernel('NormlabCountCorrect')!({ logits, labels });
        read.push((await count.data())[0]!);
        dispose([logits, labels, count]);
      }
      return read;
    });
    expect(counts).toEqual(rows.map((row) => Number(row.counts)));
  });
});
