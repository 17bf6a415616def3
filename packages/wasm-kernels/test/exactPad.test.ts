import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOn, type Values } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

/** Wasm and cpu, each padding by one value after the other. */
async function paddedBy(x: Values, values: readonly number[]): Promise<void> {
  const paddings = x.shape.map((_, axis) => [axis, 1]);
  for (const constantValue of values) {
    const attrs = { paddings, constantValue };
    expect(await runOn('wasm', 'PadV2', { x }, attrs)).toEqual(await runOn('cpu', 'PadV2', { x }, attrs));
  }
}

it('padding with NaN leaves later paddings with other values alone', async () => {
  const values = Float32Array.of(1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45, 6);
  await paddedBy({ shape: [2, 3], values }, [Number.NaN, 0, 3, Number.NaN, Number.NEGATIVE_INFINITY, 0]);
  await paddedBy({ shape: [1, 2, 1, 3], values }, [Number.NaN, 0, 3]);
});

it('an empty tensor becomes NaN', async () => {
  await paddedBy({ shape: [0, 2], values: new Float32Array(0) }, [Number.NaN, 0]);
});
