import { openBackend } from '@normlab/backends';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import {
  backend,
  conv2d,
  exp,
  memory,
  type Rank,
  relu,
  type Tensor4D,
  tensor,
  tidy,
  time,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHeap } from '../src/runtime/heap.js';
import { openKernelRuntime } from '../src/runtime/kernelRuntime.js';
import { pendingJobs } from '../src/runtime/pendingJobs.js';
import { hasSameBits, randomValues, type Values } from './support/bothBackends.js';

/** A convolution that takes milliseconds: what comes after it in the program finds it at work. */
const images = randomValues([32, 32, 32, 32], 1);
const filter = randomValues([3, 3, 32, 32], 2);
const tensorOf = ({ values, shape }: Values) => tensor<Rank>(values, shape) as Tensor4D;

type OpenWasm = { readonly wasm: { readonly wasmMemory: { readonly buffer: ArrayBuffer } } };
const wasmModule = () => (backend() as unknown as OpenWasm).wasm;

function pendingCount(): number {
  const { row } = pendingJobs(wasmModule());
  return row === undefined ? 0 : row.added() - row.done();
}

let expected: Values[];
let close: () => Promise<void>;

async function computed(use: (y: Tensor4D) => Tensor4D): Promise<Values> {
  const y = tidy(() => use(conv2d(tensorOf(images), tensorOf(filter), 1, 'same')));
  const values = { shape: y.shape, values: y.dataSync<'float32'>() };
  y.dispose();
  return values;
}

const uses: Record<string, (y: Tensor4D) => Tensor4D> = {
  'read back': (y) => y,
  'given to a kernel of tfjs': (y) => exp(y),
  'given to another kernel of ours': (y) => relu(y),
  'given to both in turn': (y) => relu(exp(relu(exp(relu(y))))),
};

beforeEach(async () => {
  const single = await openBackend('wasm', { threads: 1 });
  expected = await Promise.all(Object.values(uses).map(computed));
  await single.close();
  ({ close } = await openBackend('wasm', { threads: 2 }));
});
afterEach(() => close());

it.each([0, Number.NaN])('a job of %d tasks is none', async (tasks) => {
  const heap = openHeap(wasmModule() as never)!;
  // Before the job is given to threads, which would wait for it for ever.
  const allocate = () => expect.unreachable();
  const runtime = await openKernelRuntime(Object.create(heap, { allocate: { value: allocate } }), 'plain', 1);
  runtime.run({ kernel: 'relu_fwd', job: { x: 0, y: 0, floats: 0 }, tasks });
  await runtime.close();
});

describe('while threads do a job, the program goes on', () => {
  it('a call returns before its job is done', () => {
    tidy(() => {
      for (let n = 0; n < 4; n++) conv2d(tensorOf(images), tensorOf(filter), 1, 'same');
      expect(pendingCount()).toBeGreaterThan(0);
    });
  });

  it.each(Object.keys(uses))('its result is right where it is %s', async (name) => {
    const wanted = expected[Object.keys(uses).indexOf(name)]!;
    for (let turn = 0; turn < 3; turn++) {
      expect(hasSameBits(await computed(uses[name]!), wanted)).toBe(true);
    }
  });

  it('its inputs may be disposed, and their memory is not used before it is done', () => {
    for (let turn = 0; turn < 10; turn++) {
      const [x, w] = [tensorOf(images), tensorOf(filter)];
      const y = conv2d(x, w, 1, 'same');
      x.dispose();
      w.dispose();
      // As large: the allocator would give them the same places.
      const others = [images, filter, filter].map(({ shape, values }) =>
        tensor(
          values.map(() => 9e9),
          shape,
        ),
      );
      expect(hasSameBits({ shape: y.shape, values: y.dataSync<'float32'>() }, expected[0])).toBe(true);
      for (const each of [y, ...others]) each.dispose();
    }
  });

  it('memory that waits for jobs is bounded', () => {
    const x = tensorOf(images);
    for (let n = 0; n < 20; n++) relu(x).dispose();
    const before = wasmModule().wasmMemory.buffer.byteLength;
    for (let n = 0; n < 1000; n++) relu(x).dispose();
    // 4 MiB may wait, beside the block that is about to.
    expect(wasmModule().wasmMemory.buffer.byteLength - before).toBeLessThanOrEqual(16 * 2 ** 20);
    x.dispose();
    expect(memory().numTensors).toBe(0);
  });

  it('kernels of two registrations wait for each other', async () => {
    const [x, w] = [tensorOf(images), tensorOf(filter)];
    const first = conv2d(x, w, 1, 'same');
    expect(pendingCount()).toBeGreaterThan(0);
    const newer = await registerWasmKernels({ threads: 3 });
    const second = relu(conv2d(x, w, 1, 'same'));
    await newer.close();
    const third = relu(first);
    expect(hasSameBits({ shape: second.shape, values: second.dataSync<'float32'>() }, expected[2])).toBe(
      true,
    );
    expect(hasSameBits({ shape: third.shape, values: third.dataSync<'float32'>() }, expected[2])).toBe(true);
    for (const each of [x, w, first, second, third]) each.dispose();
  });

  it('a row of jobs is waited for before another one is used', () => {
    const jobs = pendingJobs({});
    const waits: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => ({
      added: () => 3,
      done: () => 0,
      waitFor: (count: number) => waits.push(`${name} ${count}`),
      failure: () => undefined,
    }));
    jobs.give(first);
    jobs.give(first);
    expect(waits).toEqual([]);
    jobs.give(second);
    expect(waits).toEqual(['first 3']);
    jobs.settle();
    expect(waits).toEqual(['first 3', 'second 3']);
  });

  it('results of pending jobs can be read after the kernels are closed', async () => {
    const newer = await registerWasmKernels({ threads: 2 });
    const y = tidy(() => conv2d(tensorOf(images), tensorOf(filter), 1, 'same'));
    await newer.close();
    expect(hasSameBits({ shape: y.shape, values: y.dataSync<'float32'>() }, expected[0])).toBe(true);
    y.dispose();
  });

  it('a kernel that fails is an error at every read until the backend is closed, and does not keep threads from ending', async () => {
    const heap = openHeap(wasmModule() as never)!;
    const runtime = await openKernelRuntime(heap, 'plain', 2);
    // Far beyond the memory.
    const y = tensorOf(filter);
    const outside = { x: 2 ** 32 - 64, y: 2 ** 32 - 64, floats: 4 };
    runtime.run({ kernel: 'relu_fwd', job: outside, tasks: 1 });
    for (let read = 0; read < 2; read++) {
      expect(() => y.dataSync()).toThrowErrorMatchingInlineSnapshot(
        `[BackendError: wasm backend: every kernel must do its job, or else tensors are wrong, got "kernel relu_fwd failed in a thread" (remove the backend and open it again).]`,
      );
    }
    // Also by the threads of another registration.
    await expect(computed((y) => y)).rejects.toThrow('kernel relu_fwd failed in a thread');
    await expect(runtime.close()).resolves.toBeUndefined();
    expect(() => y.dataSync()).toThrow('kernel relu_fwd failed in a thread');
    await close();
    ({ close } = await openBackend('wasm', { threads: 2 }));
    expect(await computed((y) => y)).toEqual(expected[0]);
  });

  it('a kernel that fails last, before its threads end, is an error at every later read', async () => {
    const heap = openHeap(wasmModule() as never)!;
    const runtime = await openKernelRuntime(heap, 'plain', 2);
    const y = tensorOf(filter);
    runtime.run({ kernel: 'relu_fwd', job: { x: 2 ** 32 - 64, y: 2 ** 32 - 64, floats: 4 }, tasks: 1 });
    await expect(runtime.close()).resolves.toBeUndefined();
    expect(() => y.dataSync()).toThrow('kernel relu_fwd failed in a thread');
  });

  it('time measures jobs to their end', async () => {
    const [x, w] = [tensorOf(images), tensorOf(filter)];
    let y: Tensor4D | undefined;
    let pending = -1;
    await time(() => {
      y = conv2d(x, w, 1, 'same');
      pending = pendingCount();
    });
    expect(pending).toBeGreaterThan(0);
    expect(pendingCount()).toBe(0);
    for (const each of [x, w, y!]) each.dispose();
  });
});
