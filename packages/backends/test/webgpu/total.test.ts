import { unitRoundoff } from '@normlab/testing';
import { getKernel } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { programsOf } from '../support/countPrograms.js';
import { runKernel } from '../support/runKernel.js';
import { normals } from '../support/tensors.js';

await describeBeside('webgpu', {}, (compute) => {
  it.each([
    { shapes: [[1]], programs: 1 },
    { shapes: [[3, 3, 5, 7], [97], [1, 1]], programs: 1 },
    { shapes: [[129, 130]], programs: 2 },
    { shapes: Array.from({ length: 8 }, (_, i) => [i + 1, 5]), programs: 3 },
    // 8 groups, whose sums are 2 groups again.
    { shapes: Array.from({ length: 50 }, (_, i) => [i + 1]), programs: 11 },
  ])('the total of $shapes.length tensors, in $programs programs', async ({ shapes, programs }) => {
    const inputs = Object.fromEntries(
      shapes.map((shape, i) => {
        const noise = normals(i + 1, ...shape);
        return [`tensor ${i}`, { shape, data: noise.data.map((value) => value + i) }];
      }),
    );
    const { names, total } = await compute('webgpu', async () => {
      expect(getKernel('NormlabTotal', 'webgpu')).toBeDefined();
      let outputs = await runKernel('NormlabTotal', inputs, {});
      const names = await programsOf(async () => {
        outputs = await runKernel('NormlabTotal', inputs, {});
      });
      return { names, total: outputs[0]! };
    });
    const entries = Object.values(inputs).flatMap(({ data }) => [...data]);
    const expected = entries.reduce((sum, value) => sum + value, 0);
    const size = entries.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(total.shape).toEqual([]);
    // n additions in any order have an error of at most n · u · Σ|x|; here the longest chain has no more than n / 64
    // entries of each partial sum, then 64, in each of up to three programs.
    const chain = Math.min(entries.length, entries.length / 64 + 3 * 64);
    expect(Math.abs(total.data[0]! - expected)).toBeLessThanOrEqual(chain * unitRoundoff * size);
    expect(names.length, names.join('\n')).toBe(programs);
  });

  it('is not finite if one entry is not', async () => {
    const given = normals(1, 300, 60);
    const last = {
      shape: given.shape,
      data: given.data.map((value, i) => (i === 17_999 ? Infinity : value)),
    };
    const [total] = await compute('webgpu', () => runKernel('NormlabTotal', { given, last }, {}));
    expect(total!.data[0]).toBe(Infinity);
  });
});
