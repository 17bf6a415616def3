import { unitRoundoff } from '@normlab/testing';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { dispose, fill, setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, worstExcess } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

const sizes = [
  { batchA: [1], batchB: [1], rows: 5, depth: 7, columns: 3 },
  { batchA: [1], batchB: [1], rows: 97, depth: 33, columns: 10 },
  { batchA: [1], batchB: [1], rows: 1, depth: 200, columns: 17 },
  { batchA: [3], batchB: [3], rows: 18, depth: 4, columns: 8 },
  { batchA: [3], batchB: [1], rows: 20, depth: 5, columns: 9 },
  { batchA: [1], batchB: [4], rows: 40, depth: 1, columns: 1 },
  { batchA: [2, 3], batchB: [2, 3], rows: 16, depth: 3, columns: 5 },
  { batchA: [2, 3], batchB: [1, 3], rows: 16, depth: 3, columns: 5 },
  { batchA: [1, 1], batchB: [3], rows: 16, depth: 3, columns: 5 },
];

/** Products without an element, and sums of nothing. */
const emptySizes = [
  { batchA: [0], batchB: [1], rows: 32, depth: 64, columns: 64, outer: [0] },
  { batchA: [1], batchB: [0], rows: 32, depth: 64, columns: 64, outer: [0] },
  { batchA: [0], batchB: [1], rows: 2, depth: 3, columns: 4, outer: [0] },
  { batchA: [0, 3], batchB: [], rows: 16, depth: 3, columns: 5, outer: [0, 3] },
  { batchA: [0, 2], batchB: [2], rows: 2, depth: 3, columns: 4, outer: [0, 2] },
  { batchA: [2, 1], batchB: [0], rows: 16, depth: 3, columns: 4, outer: [2, 0] },
  { batchA: [2], batchB: [2], rows: 0, depth: 3, columns: 5, outer: [2] },
  { batchA: [2], batchB: [1], rows: 4, depth: 3, columns: 0, outer: [2] },
  { batchA: [], batchB: [], rows: 2, depth: 0, columns: 3, outer: [] },
  { batchA: [3], batchB: [1], rows: 20, depth: 0, columns: 9, outer: [3] },
];

describe.each([
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
])('BatchMatMul, $transposeA, $transposeB', (attrs) => {
  it.each(sizes)('wasm ≈ cpu: $batchA × $batchB of $rows × $depth × $columns', async (size) => {
    const { batchA, batchB, rows, depth, columns } = size;
    const a = randomValues([...batchA, ...(attrs.transposeA ? [depth, rows] : [rows, depth])], 1);
    const b = randomValues([...batchB, ...(attrs.transposeB ? [columns, depth] : [depth, columns])], 2);
    const [actual] = await runOn('wasm', 'BatchMatMul', { a, b }, attrs);
    const [expected] = await runOn('cpu', 'BatchMatMul', { a, b }, attrs);
    const [total] = await runOn('cpu', 'BatchMatMul', { a: magnitudes(a), b: magnitudes(b) }, attrs);
    expect(actual!.shape).toEqual(expected!.shape);
    // A sum of n products in float32 on either side: (n + 1)·u·Σ|a·b|, to first order.
    const bounds = total!.values.map((sum) => 2.02 * (depth + 1) * unitRoundoff * sum);
    expect(worstExcess(actual!, expected!, { shape: total!.shape, values: bounds })).toBeLessThanOrEqual(1);
  });

  it.each(emptySizes)('of nothing: zeros, $batchA × $batchB of $rows × $depth × $columns', async (size) => {
    const { batchA, batchB, rows, depth, columns, outer } = size;
    const a = randomValues([...batchA, ...(attrs.transposeA ? [depth, rows] : [rows, depth])], 1);
    const b = randomValues([...batchB, ...(attrs.transposeB ? [columns, depth] : [depth, columns])], 2);
    const product = await besideOthers(() => runOn('wasm', 'BatchMatMul', { a, b }, attrs));
    const shape = [...outer, rows, columns];
    const entries = shape.reduce((all, each) => all * each, 1);
    expect(product).toEqual([{ shape, values: new Float32Array(entries) }]);
  });

  it('of depths that differ is refused as by tfjs', async () => {
    const a = randomValues(attrs.transposeA ? [4, 20] : [20, 4], 1);
    const b = randomValues(attrs.transposeB ? [7, 3] : [3, 7], 2);
    const product = runOn('wasm', 'BatchMatMul', { a, b }, attrs);
    await expect(product).rejects.toThrow('Error in matMul: inner shapes (4) and (3)');
  });
});

/** Runs it where every second place of the heap holds a tensor of sevens, the others were sevens, and all must stay. */
async function besideOthers<T>(run: () => Promise<T>): Promise<T> {
  await setBackend('wasm');
  const sizes = [3, 16, 180, 2048].flatMap((size) => new Array(40).fill(size));
  const others = sizes.map((size) => fill([size], 7));
  dispose(others.filter((_, i) => i % 2 === 1));
  const kept = others.filter((_, i) => i % 2 === 0);
  const result = await run();
  await setBackend('wasm');
  expect(kept.every((each) => each.dataSync().every((value) => value === 7))).toBe(true);
  dispose(kept);
  return result;
}
