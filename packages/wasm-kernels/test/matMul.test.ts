import { unitRoundoff } from '@normlab/testing';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
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
});
