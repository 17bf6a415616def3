import '@tensorflow/tfjs-backend-wasm';
import { execFileSync } from 'node:child_process';
import { openBackend } from '@normlab/backends';
import { engine, backend as getBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerRuntime, registerWasmKernels } from '../src/registerWasmKernels.js';
import { openHeap } from '../src/runtime/heap.js';
import { openKernelRuntime } from '../src/runtime/kernelRuntime.js';
import { lackingWideVectors } from '../src/runtime/wideVectors.js';
import { checkedWasmBackend } from '../src/wasmBackend.js';
import { hasSameBits, randomValues, runOn, type Values } from './support/bothBackends.js';
import { type KernelRun, kernelRuns } from './support/kernelRuns.js';

const runs: readonly KernelRun[] = [
  ...kernelRuns,
  // More channels than are summed in one block, whose sums are then added; three and a half panels of results.
  ...[1, 2].flatMap((strides): KernelRun[] => {
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const [x, filter] = [randomValues([11, 12, 12, 52], 50), randomValues([3, 3, 52, 28], 51)];
    const dy = randomValues([11, 12 / strides, 12 / strides, 28], 52);
    return [
      { kernel: 'Conv2D', inputs: { x, filter }, attrs },
      { kernel: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      { kernel: 'Conv2DBackpropFilter', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ];
  }),
  // More images in a group than are taken at a time.
  {
    kernel: 'Conv2DBackpropFilter',
    inputs: { x: randomValues([66, 48, 48, 3], 55), dy: randomValues([66, 48, 48, 19], 56) },
    attrs: { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, filterShape: [3, 3, 3, 19] },
  },
  // Two panels of results, of which the second is not full.
  {
    kernel: 'BatchMatMul',
    inputs: { a: randomValues([1, 70, 41], 53), b: randomValues([1, 41, 14], 54) },
    attrs: { transposeA: false, transposeB: false },
  },
];

/** What all runs compute on the active backend. */
async function computeAll(): Promise<Values[][]> {
  const outputs: Values[][] = [];
  for (const { kernel, inputs, attrs } of runs) outputs.push(await runOn('wasm', kernel, inputs, attrs));
  return outputs;
}

function expectSameBits(outputs: readonly Values[][], wanted: readonly Values[][]): void {
  for (const [i, { kernel }] of runs.entries()) {
    const same = wanted[i]!.map((each, j) => hasSameBits(outputs[i]![j]!, each));
    expect(same, `run ${i}, ${kernel}`).toEqual(same.map(() => true));
  }
}

describe('the wide binary computes the bits of the relaxed one on any engine', () => {
  /** The newest registration is used. Whether the engine joins vectors changes no bit. */
  async function expectSameByWide(wanted: readonly Values[][], threads: number): Promise<void> {
    const wasmBackend = checkedWasmBackend('wasm', getBackend());
    const runtime = await openKernelRuntime(openHeap(wasmBackend.wasm)!, 'wide', threads);
    const kernels = registerRuntime(runtime, wasmBackend);
    expect(kernels).toMatchObject({ build: 'wide', threads });
    expectSameBits(await computeAll(), wanted);
    await kernels.close();
  }

  it("in the memory of tfjs's own module", async () => {
    await setBackend('wasm');
    const kernels = await registerWasmKernels({ build: 'relaxed' });
    await expectSameByWide(await computeAll(), 1);
    await kernels.close();
    removeBackend('wasm');
  });

  it.each([1, 2])('in the memory of a threaded module, by %i thread(s)', async (threads) => {
    const backend = await openBackend('wasm', { threads, build: 'relaxed' });
    await expectSameByWide(await computeAll(), threads);
    await backend.close();
  });
});

describe('what cannot join vectors', () => {
  afterEach(() => vi.unstubAllGlobals());

  const able = {
    arch: 'x64',
    versions: { node: '24.0.0', v8: '13.6.233.8-node.10' },
    config: { variables: { v8_enable_wasm_simd256_revec: 1 } },
  };

  it.each([
    ['Node 22.1.0', { ...able, versions: { node: '22.1.0', v8: '12.4.254.14-node.11' } }],
    ['a Node 24.0.0 whose V8 was built without it', { ...able, config: { variables: {} } }],
    ['a processor of type arm64', { ...able, arch: 'arm64' }],
    ['Bun 1.4.0', { ...able, versions: { ...able.versions, bun: '1.4.0' } }],
    ['Deno 2.9.0', { ...able, versions: { ...able.versions, deno: '2.9.0' } }],
    ['a web engine', undefined],
    [undefined, able],
    [undefined, { ...able, versions: { node: '26.0.0', v8: '14.6.202.34-node.34' } }],
  ])('%s', (lacking, process) => {
    vi.stubGlobal('process', process);
    expect(lackingWideVectors()).toBe(lacking);
  });

  it('is refused the wide build', async () => {
    const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
    Object.defineProperty(process, 'arch', { ...arch, value: 'arm64' });
    try {
      await expect(openBackend('wasm', { build: 'wide' })).rejects.toThrow(
        'build must be "relaxed" or "auto": "wide" needs a V8 that joins vectors, as in Node 24 and later on x64, and this is a processor of type arm64, got "wide"',
      );
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });
});

describe.skipIf(lackingWideVectors() !== undefined)(
  'the wide build, where this Node can join vectors',
  () => {
    const byRelaxed: Values[][] = [];

    beforeAll(async () => {
      const backend = await openBackend('wasm', { threads: 1, build: 'relaxed' });
      byRelaxed.push(...(await computeAll()));
      await backend.close();
    });

    it.each([1, 2, 3])('the bits of the relaxed build, by %i thread(s)', async (threads) => {
      const backend = await openBackend('wasm', { threads, build: 'wide' });
      expect(backend.description).toBe(
        `wasm: ${threads} thread${threads === 1 ? '' : 's'}, SIMD, wide kernels`,
      );
      expectSameBits(await computeAll(), byRelaxed);
      await backend.close();
    });

    it('V8 joins vectors, in the products and transforms of convolutions among others', () => {
      expect(joinedFunctions('relaxed')).toBe(0);
      expect(joinedFunctions('wide')).toBeGreaterThanOrEqual(25);
    });
  },
);

/** How many functions V8 joins vectors in if its optimizing compiler compiles all at once. */
function joinedFunctions(build: string): number {
  // Node ends while a module is compiled in the background by that compiler: the timer keeps it.
  const script = `
    import { openBackend } from '@normlab/backends';
    const timer = setInterval(() => {}, 1000);
    await (await openBackend('wasm', { threads: 1, build: '${build}' })).close();
    clearInterval(timer);
  `;
  const flags = ['--no-liftoff', '--no-wasm-lazy-compilation', '--trace-wasm-revectorize'];
  const options = { cwd: import.meta.dirname, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const trace = execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', script], options);
  return [...trace.matchAll(/Decided? to vectorize, [1-9]\d* revectorizable nodes/g)].length;
}

afterAll(() => engine().reset());
