import { type OpenBackend, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, fill, ones, sum } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('the memory of wasm', () => {
  let opened: OpenBackend;
  beforeAll(async () => {
    opened = await openBackend('wasm', { threads: 1 });
  });
  afterAll(() => opened.close());

  // The free 100 MiB are at 3380 MiB: the sum of their address and the requested size wraps at 4 GiB.
  it('allocates no block that is too short', () => {
    const wasm = (backend() as BackendWasm).wasm as unknown as {
      _malloc(bytes: number): number;
      _free(address: number): void;
    };
    const hold = (mebibytes: number) => wasm._malloc(mebibytes * 2 ** 20);
    const held = [hold(1690), hold(1690)];
    wasm._free(hold(100));
    expect(() => hold(1690)).toThrow('1690 MiB more must fit into the heap');
    for (const address of held) wasm._free(address);
  });

  it('throws when it is used up, and works again when some of it is free', () => {
    const wasm = backend() as BackendWasm;
    const hold = () => wasm.write(null, [2 ** 28 - 1024], 'float32');
    const held: object[] = [];
    expect(() => {
      for (let i = 0; i < 4; i++) held.push(hold());
    }).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: wasm backend: 1024 MiB more must fit into the heap, which holds at most 3712 MiB of tensors (make the batch size smaller, or the network narrower).]`,
    );
    expect(held).toHaveLength(3);
    for (const dataId of held) wasm.disposeData(dataId);
    expect(sum(ones([1000])).dataSync()[0]).toBe(1000);
  });

  it('refuses more than 4 GiB at once, which tfjs takes modulo 4 GiB', () => {
    expect(() => fill([2 ** 30 + 1], 0)).toThrow(BackendError);
    expect(() => fill([2 ** 30 + 1], 0)).toThrow('4097 MiB more must fit into the heap');
  });
});
