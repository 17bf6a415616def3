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

  it('says so when it is used up, and works on when some is free again', () => {
    const wasm = backend() as BackendWasm;
    const hold = () => wasm.write(null, [2 ** 28 - 1024], 'float32');
    const held: object[] = [];
    expect(() => {
      for (let i = 0; i < 4; i++) held.push(hold());
    }).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: wasm: a new tensor must fit into what is left of the 4 GiB that WebAssembly can address, got "1024.0 MiB" (make the batch smaller, or the network narrower).]`,
    );
    expect(held).toHaveLength(3);
    for (const dataId of held) wasm.disposeData(dataId);
    expect(sum(ones([1000])).dataSync()[0]).toBe(1000);
  });

  it('refuses more than 4 GiB at once, which tfjs takes modulo 4 GiB', () => {
    expect(() => fill([2 ** 30 + 1], 0)).toThrow(BackendError);
    expect(() => fill([2 ** 30 + 1], 0)).toThrow(/^wasm.* must fit into .*\(make the batch/);
  });
});
