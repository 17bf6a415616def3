import { BackendError } from '@normlab/errors';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import { backend, matMul, ones, setBackend, tidy } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { spareMemory } from '../src/runtime/spareMemory.js';

const mebibyte = 2 ** 20;

type OpenWasm = ReturnType<typeof backend> & {
  readonly wasm: { _malloc(bytes: number): number; _free(address: number): void };
};

describe('the heap near its end', () => {
  let kernels: WasmKernels;
  let wasm: OpenWasm['wasm'];
  const held: { start: number; bytes: number }[] = [];
  const hold = (bytes: number) => {
    const start = wasm._malloc(bytes);
    held.push({ start, bytes });
    return start;
  };

  beforeAll(async () => {
    await setBackend('wasm');
    kernels = await registerWasmKernels();
    wasm = (backend() as OpenWasm).wasm;
  });
  afterEach(() => {
    for (const { start } of held.splice(0)) wasm._free(start);
  });
  afterAll(() => kernels.close());

  // emmalloc rounds new memory to 8 bytes, but not where it remembers that the memory ends.
  it('blocks of any size leave one free region behind', () => {
    const starts = [1, 2, 3, 4].map((count) => hold(20 * mebibyte + 4 * count));
    for (const { start } of held.splice(0)) wasm._free(start);
    expect(hold(80 * mebibyte)).toBe(starts[0]);
  });

  // The allocator on its own would ask for 1690 MiB of new memory where 310 are missing at the heap's end.
  it('a free region at the end of the heap is made longer', () => {
    for (let i = 0; i < 3; i++) hold(1024 * mebibyte);
    for (const { start } of held.splice(0)) wasm._free(start);
    hold(1690 * mebibyte);
    expect(hold(1690 * mebibyte) + 1690 * mebibyte).toBeLessThan(3712 * mebibyte);
  });

  // emmalloc's own test of a free region wraps at 4 GiB: the free 100 MiB at 3380 MiB seem to hold 1690.
  it('a free region that is too short is not given out, and stays free', () => {
    hold(1690 * mebibyte);
    hold(1690 * mebibyte);
    const short = wasm._malloc(100 * mebibyte);
    wasm._free(short);
    expect(() => hold(1690 * mebibyte)).toThrow('1690 MiB more must fit into the heap');
    expect(wasm._malloc(100 * mebibyte)).toBe(short);
    held.push({ start: short, bytes: 100 * mebibyte });
  });

  it('blocks are disjoint and leave the last 384 MiB, whatever their sizes', () => {
    const sizes = [700, 1690, 300, 40, 900, 5, 130, 64, 2000, 10, 2];
    for (let turn = 0; turn < 6; turn++) {
      for (const size of sizes) {
        try {
          hold(size * mebibyte - 100 * turn);
        } catch (error) {
          expect(error).toBeInstanceOf(BackendError);
        }
      }
      const ordered = [...held].sort((a, b) => a.start - b.start);
      for (const [i, { start, bytes }] of ordered.entries()) {
        expect(start + bytes).toBeLessThanOrEqual(ordered[i + 1]?.start ?? 2 ** 32 - 384 * mebibyte);
      }
      // Every second block goes, so that the next turn meets holes.
      for (const { start } of held.splice(0, 1 + turn)) wasm._free(start);
    }
    expect(held.length).toBeGreaterThan(6);
  });

  it('what is kept only for speed is freed before a request is refused', () => {
    for (let i = 0; i < 3; i++) hold(1024 * mebibyte);
    const spare = wasm._malloc(500 * mebibyte);
    const free = vi.fn(() => wasm._free(spare));
    spareMemory(wasm).add(free);
    hold(600 * mebibyte);
    expect(free).toHaveBeenCalledTimes(1);
    spareMemory(wasm).delete(free);
    expect(() => hold(600 * mebibyte)).toThrow('600 MiB more must fit into the heap');
  });

  it("tfjs's C code still finds memory when tensors have filled the heap", () => {
    const [row, square] = [ones([1, 4096]), ones([4096, 4096])];
    for (let bytes = 1024 * mebibyte; bytes >= mebibyte; ) {
      try {
        hold(bytes);
      } catch {
        bytes /= 2;
      }
    }
    // tfjs's own product with one row copies the right matrix, 64 MiB.
    const product = tidy(() => matMul(row, square).dataSync());
    expect([Math.min(...product), Math.max(...product)]).toEqual([4096, 4096]);
    for (const each of [row, square]) each.dispose();
  });
});
