import { type OpenBackend, openBackend } from '@normlab/backends';
import { normalTensor } from '@normlab/testing';
import {
  backend,
  clone,
  conv2d,
  dispose,
  grad,
  mul,
  reshape,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Heap } from '../src/runtime/heap.js';
import { keepFilters } from '../src/runtime/keptFilters.js';
import { pendingJobs } from '../src/runtime/pendingJobs.js';
import { spareMemory } from '../src/runtime/spareMemory.js';
import type { WasmBackend } from '../src/wasmBackend.js';

const mebibyte = 2 ** 20;

describe('convolutions', () => {
  let opened: OpenBackend;
  /** Bytes of the blocks that are allocated now, and of all that ever were. */
  let held: number;
  let allocated: number;
  beforeEach(async () => {
    opened = await openBackend('wasm', { threads: 1 });
    const { wasm } = backend() as WasmBackend;
    const [allocate, free] = [wasm._malloc, wasm._free];
    const sizes = new Map<number, number>();
    [held, allocated] = [0, 0];
    wasm._malloc = (bytes) => {
      const address = allocate(bytes);
      sizes.set(address >>> 0, bytes);
      held += bytes;
      allocated += bytes;
      return address;
    };
    wasm._free = (address) => {
      held -= sizes.get(address >>> 0) ?? 0;
      free(address);
    };
  });
  afterEach(() => opened.close());

  /** The bytes that a call allocates, and its result. */
  function call(x: Tensor4D, filter: Tensor4D): { readonly bytes: number; readonly y: Float32Array } {
    const before = allocated;
    const y = tidy(() => conv2d(x, filter, 1, 'same').dataSync<'float32'>());
    return { bytes: allocated - before, y };
  }

  it.each([
    ['Winograd’s', [2, 12, 12, 16], [3, 3, 16, 24]],
    ['direct', [2, 7, 7, 5], [1, 1, 5, 9]],
  ] as const)(
    'of the %s algorithm prepare a filter twice, and give the same bits from what is kept',
    (...row) => {
      const [x, filter] = [normalTensor([...row[1]], 1), normalTensor([...row[2]], 2)] as [
        Tensor4D,
        Tensor4D,
      ];
      const before = held;
      const [first, second, third] = [call(x, filter), call(x, filter), call(x, filter)];
      expect(second.y).toEqual(first.y);
      expect(third.y).toEqual(first.y);
      expect(second.bytes).toBe(first.bytes);
      expect(third.bytes).toBeLessThan(second.bytes);
      // The third call needs no room for the form, nor for the job that prepares it.
      expect(held).toBeGreaterThan(before);
      expect(held - before).toBeLessThan(second.bytes - third.bytes);
      dispose(filter);
      expect(held).toBe(before - filter.size * 4);
      dispose(x);
    },
  );

  it('keep nothing of the filters of a training step, which are used once in each direction', () => {
    const [x, filter] = [normalTensor([2, 12, 12, 16], 1), normalTensor([3, 3, 16, 24], 2)] as [
      Tensor4D,
      Tensor4D,
    ];
    const before = held;
    dispose(tidy(() => grad((each) => conv2d(each as Tensor4D, filter, 1, 'same'))(x)));
    expect(held).toBe(before);
    dispose([x, filter]);
  });

  it('know a filter’s data in another shape', () => {
    const filter = normalTensor([3, 3, 16, 24], 2) as Tensor4D;
    const turned = reshape(filter, [3, 3, 24, 16]) as Tensor4D;
    const [x, xTurned] = [normalTensor([2, 12, 12, 16], 1), normalTensor([2, 12, 12, 24], 1)] as [
      Tensor4D,
      Tensor4D,
    ];
    const own = clone(filter);
    const copy = tidy(() => reshape(mul(filter, 1), [3, 3, 24, 16]) as Tensor4D);
    for (let use = 0; use < 3; use++) call(x, filter);
    for (let use = 0; use < 3; use++) expect(call(xTurned, turned).y).toEqual(call(xTurned, copy).y);
    // The data live as long as the last of their tensors.
    const shared = held;
    dispose([filter, turned]);
    expect(held).toBe(shared);
    expect(call(x, own).y).toHaveLength(2 * 12 * 12 * 24);
    dispose([own, copy, x, xTurned]);
  });
});

describe('keepFilters', () => {
  const dataId = {};
  const backendOf = () => ({ disposeData: (_: object) => true, wasm: {} });

  /** A heap that only counts. */
  function countingHeap(): Heap & { readonly blocks: Map<number, number> } {
    const blocks = new Map<number, number>();
    let next = 64;
    return {
      blocks,
      memory: { buffer: new ArrayBuffer(0), grow: () => 0 },
      allocate(bytes) {
        blocks.set(next, bytes);
        next += bytes;
        return next - bytes;
      },
      free: (address) => void blocks.delete(address),
      jobs: pendingJobs({}),
    };
  }

  /** How often a form is prepared in three uses. */
  function prepared(bytes: number, form: string | undefined): number {
    const heap = countingHeap();
    const filters = keepFilters(heap, backendOf());
    let times = 0;
    for (let use = 0; use < 3; use++) {
      filters.with(
        dataId,
        form,
        bytes,
        () => times++,
        () => {},
      );
    }
    filters.close();
    expect(heap.blocks.size).toBe(0);
    return times;
  }

  it('keeps forms with a name, up to 64 MiB', () => {
    expect(prepared(mebibyte, 'form')).toBe(2);
    expect(prepared(mebibyte, undefined)).toBe(3);
    expect(prepared(64 * mebibyte, 'form')).toBe(2);
    expect(prepared(64 * mebibyte + 1, 'form')).toBe(3);
  });

  it('counts all filters together, and forgets those that are disposed', () => {
    const heap = countingHeap();
    const owner = backendOf();
    const filters = keepFilters(heap, owner);
    const [one, two] = [{}, {}];
    const use = (filter: object) => {
      let times = 0;
      filters.with(
        filter,
        'form',
        40 * mebibyte,
        () => times++,
        () => {},
      );
      return times;
    };
    expect([use(one), use(one), use(one)]).toEqual([1, 1, 0]);
    expect([use(two), use(two), use(two)]).toEqual([1, 1, 1]);
    owner.disposeData(one);
    expect(heap.blocks.size).toBe(0);
    expect([use(two), use(two)]).toEqual([1, 0]);
    filters.close();
    expect(heap.blocks.size).toBe(0);
  });

  it('frees all forms but the one in use before the heap refuses a request', () => {
    const heap = countingHeap();
    const owner = backendOf();
    const filters = keepFilters(heap, owner);
    const [one, two] = [{}, {}];
    const use = (filter: object, then = () => {}) => {
      let times = 0;
      filters.with(filter, 'form', mebibyte, () => times++, then);
      return times;
    };
    for (const filter of [one, one, two, two]) use(filter);
    expect(heap.blocks.size).toBe(2);
    const relieve = () => {
      for (const free of spareMemory(owner.wasm)) free();
    };
    expect(use(two, relieve)).toBe(0);
    expect(heap.blocks.size).toBe(1);
    expect([use(one), use(two)]).toEqual([1, 0]);
    filters.close();
    expect(spareMemory(owner.wasm).size).toBe(0);
  });

  it('frees a form that could not be used', () => {
    const heap = countingHeap();
    const filters = keepFilters(heap, backendOf());
    const fail = () => {
      throw new Error('no');
    };
    expect(() => filters.with(dataId, 'form', 64, fail, () => {})).toThrow('no');
    expect(() => filters.with(dataId, 'form', 64, () => {}, fail)).toThrow('no');
    expect(heap.blocks.size).toBe(0);
    filters.close();
  });
});
