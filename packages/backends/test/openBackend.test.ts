import { execFileSync } from 'node:child_process';
import { type BackendName, type OpenBackend, openBackend } from '@normlab/backends';
import { BackendError, OptionError } from '@normlab/errors';
import { unavailable } from '@normlab/testing';
import {
  conv2d,
  engine,
  findBackendFactory,
  getBackend,
  grads,
  removeBackend,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openCpu } from '../src/cpu.js';
import type { DeviceRequest } from '../src/device.js';
import { openWith } from '../src/openWith.js';

const open: OpenBackend[] = [];
afterEach(async () => {
  for (const backend of open.splice(0).reverse()) await backend.close();
});

/** dx and dw of a convolution that fits once: they are w and x. */
async function gradients(): Promise<number[][]> {
  const results = tidy(() => {
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    const w = tensor([1, 0.5, -1, 2], [2, 2, 1, 1]);
    return grads((a: Tensor, b: Tensor) => conv2d(a as Tensor4D, b as Tensor4D, 1, 'valid'))([x, w]);
  });
  return Promise.all(results.map(async (each) => [...(await each.data())]));
}

const answer = [
  [1, 0.5, -1, 2],
  [1, 2, 3, 4],
];

describe.each(['cpu', 'wasm', 'webgpu', 'tensorflow'] as const)('openBackend(%s)', async (name) => {
  const reason = await unavailable(name);
  const title = reason === undefined ? '' : `, SKIPPED: ${reason}`;

  it.skipIf(reason !== undefined)(`opens, trains, closes, and opens again${title}`, async () => {
    for (let round = 0; round < 2; round++) {
      const backend = await openBackend(name);
      open.push(backend);
      expect(backend.name).toBe(name);
      expect(backend.description).toMatch(new RegExp(`^${name}: `));
      expect(getBackend()).toBe(name);
      expect(await gradients()).toEqual(answer);
      await backend.close();
      await backend.close();
      expect(findBackendFactory(name)).toBeNull();
    }
  });
});

describe('openBackend', () => {
  it('keeps several open: closing the last makes the one before it active', async () => {
    open.push(await openBackend('wasm', { threads: 1 }), await openBackend('cpu'));
    expect(getBackend()).toBe('cpu');
    await open.pop()!.close();
    expect(getBackend()).toBe('wasm');
    expect(await gradients()).toEqual(answer);
  });

  it('closing one that is not active leaves the active one be', async () => {
    open.push(await openBackend('wasm', { threads: 1 }), await openBackend('cpu'));
    await setBackend('wasm');
    await open.pop()!.close();
    expect(getBackend()).toBe('wasm');
  });

  it('closes its own backend only, and once', async () => {
    const first = await openBackend('cpu');
    await Promise.all([first.close(), first.close()]);
    const second = await openBackend('cpu');
    open.push(second);
    await first.close();
    expect(getBackend()).toBe('cpu');
    removeBackend('cpu');
    open.push(await openBackend('cpu'));
    await second.close();
    expect(await gradients()).toEqual(answer);
  });

  it('refuses a second opening while the first is under way, or its end', async () => {
    const both = [openBackend('wasm', { threads: 2 }), openBackend('wasm', { threads: 1 })];
    const [first, second] = await Promise.allSettled(both);
    expect([first!.status, second!.status]).toEqual(['fulfilled', 'rejected']);
    await expect(both[1]).rejects.toThrow(BackendError);
    expect(await gradients()).toEqual(answer);
    const closed = (await both[0]!).close();
    await expect(openBackend('wasm')).rejects.toThrow('must be closed before it is opened again');
    await closed;
    // One that could not be opened is no hindrance.
    await expect(openBackend('webgl')).rejects.toThrow(BackendError);
    await expect(openBackend('webgl')).rejects.not.toThrow('must be closed');
    open.push(await openBackend('wasm', { threads: 1 }));
  });

  it('closing one that was removed leaves the opening of the next one alone', async () => {
    const removed = await openBackend('wasm', { threads: 1 });
    removeBackend('wasm');
    const opening = openBackend('wasm', { threads: 1 });
    await removed.close();
    await expect(openBackend('wasm')).rejects.toThrow('must be closed before it is opened again');
    open.push(await opening);
    expect(await gradients()).toEqual(answer);
  });

  it('can be closed again where its end has failed', async () => {
    let releases = 0;
    const release = async () => {
      if (++releases === 1) throw new Error('not yet');
    };
    const opener = async () => async (request: DeviceRequest) => ({ ...(await openCpu(request)), release });
    const openers = { cpu: opener, wasm: opener, webgpu: opener, webgl: opener, tensorflow: opener };
    const backend = await openWith(openers, 'cpu', {});
    await expect(backend.close()).rejects.toThrow('not yet');
    await backend.close();
    await backend.close();
    expect(releases).toBe(2);
    open.push(await openBackend('cpu'));
  });

  it('prints nothing', async () => {
    const spies = (['log', 'warn', 'error', 'info'] as const).map((way) => vi.spyOn(console, way));
    for (const name of ['cpu', 'wasm'] as const) {
      open.push(await openBackend(name));
      await gradients();
    }
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it('refuses a second opening, unknown names and options, before it does anything', async () => {
    open.push(await openBackend('cpu'));
    const before = engine().backendNames();
    await expect(openBackend('cpu')).rejects.toThrow(BackendError);
    await expect(openBackend('cpu')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendError: openBackend: backend "cpu" must be closed before it is opened again.]`,
    );
    await expect(openBackend('wsam' as BackendName)).rejects.toThrow(OptionError);
    await expect(openBackend('wsam' as BackendName)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: openBackend: name must be the name of a backend, got "wsam" (valid names: wasm, webgpu, tensorflow, cpu, webgl).]`,
    );
    await expect(openBackend('toString' as BackendName)).rejects.toThrow(OptionError);
    for (const threads of [0, -1, 1.5, Number.NaN, 100_000]) {
      await expect(openBackend('wasm', { threads })).rejects.toThrow(OptionError);
    }
    await expect(openBackend('wasm', { threads: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: openBackend: threads must be an integer from 1 to 512, got 0.]`,
    );
    const build = 'plan' as 'plain';
    await expect(openBackend('wasm', { build })).rejects.toThrow('got "plan" (did you mean "plain"?)');
    expect(engine().backendNames()).toEqual(before);
  });

  it('ends the threads of a backend that cannot be opened, and opens the next', () => {
    // An engine without relaxed SIMD, in a process of its own: a thread that is joined after its end waits for ever.
    const script = `
      import { openBackend } from '@normlab/backends';
      const { validate } = WebAssembly;
      WebAssembly.validate = (binary) => !Buffer.from(binary).includes(Buffer.of(253, 133, 2)) && validate(binary);
      const error = await openBackend('wasm', { threads: 2, build: 'relaxed' }).catch((error) => error);
      const backend = await openBackend('wasm', { threads: 2 });
      console.log(error.message + '; ' + backend.description);
      await backend.close();
    `;
    const options = { cwd: import.meta.dirname, encoding: 'utf8', timeout: 300_000 } as const;
    expect(execFileSync(process.execPath, ['--input-type=module', '--eval', script], options)).toBe(
      'registerWasmKernels: build must be "plain" or "auto", as the engine has no relaxed SIMD, got "relaxed".; ' +
        'wasm: 2 threads, SIMD, plain kernels\n',
    );
  });

  it('takes the build of the wasm kernels that it is told to', async () => {
    open.push(await openBackend('wasm', { threads: 1, build: 'plain' }));
    expect(open[0]!.description).toBe('wasm: 1 thread, SIMD, plain kernels');
    expect(open[0]!.tensorHeap).toEqual({ bytes: 3712 * 2 ** 20, countedFrom: 2 ** 20 });
  });
});
