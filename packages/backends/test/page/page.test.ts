import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BackendName,
  type BackendStatus,
  type OpenBackendOptions,
  openBackend,
} from '@normlab/backends';
import {
  bundleWithEsbuild,
  bundleWithVite,
  type Chromium,
  openChromium,
  openPage,
  type Page,
  type PageServer,
  servePages,
} from '@normlab/pages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ParityBounds, parityBounds } from '../support/parityBounds.js';
import { type Answer, perform, type Request } from './app/tasks.js';

const app = fileURLToPath(new URL('./app/', import.meta.url));

let folder: string;
let chromium: Chromium;
let server: PageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'normlab-pages-'));
  chromium = await openChromium();
  server = await servePages(folder);
  expect(
    await bundleWithEsbuild([`${app}esbuildPage.ts`, `${app}worker.ts`], join(folder, 'esbuild')),
  ).toEqual({
    warnings: [],
  });
  expect(await bundleWithVite(app, 'vite.html', join(folder, 'vite'))).toEqual({ warnings: [] });
});

afterAll(async () => {
  if ('browser' in chromium) await chromium.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach((test) => {
  if ('reason' in chromium) test.skip(`SKIPPED: ${chromium.reason}`);
});

/** Runs on a new page, and fails if the page reported an error. */
async function withPage<T>(path: string, use: (page: Page) => Promise<T>): Promise<T> {
  if (!('browser' in chromium)) throw new Error(chromium.reason);
  const page = await openPage(chromium.browser, `${server.origin}/${path}`);
  try {
    const result = await use(page);
    expect(page.complaints).toEqual([]);
    return result;
  } finally {
    await page.close();
  }
}

const performIn = (path: string, request: Request) =>
  withPage(path, (page) => page.call<Answer>('perform', request));

const paths = {
  esbuild: { isolated: 'isolated/esbuild/index.html', plain: 'plain/esbuild/index.html' },
  vite: { isolated: 'isolated/vite/vite.html', plain: 'plain/vite/vite.html' },
};

/** Everywhere that wasm runs in a page, by each bundler. */
const places = (['esbuild', 'vite'] as const).flatMap((bundler) =>
  (['isolated', 'plain'] as const).flatMap((isolation) =>
    [false, true].map((inWorker) => ({
      bundler,
      isolation,
      inWorker,
      place: inWorker ? 'a worker' : "the page's own thread",
    })),
  ),
);

describe('wasm in a page', () => {
  const training = (options: OpenBackendOptions): Request => ({ task: 'train', name: 'wasm', options });
  let plain: Answer;
  let relaxed: Answer;
  beforeAll(async () => {
    plain = await perform(training({ build: 'plain', threads: 1 }));
    relaxed = await perform(training({ build: 'relaxed', threads: 1 }));
  });

  it.each(places)(
    '$bundler, $isolation, in $place: the losses of training are those in Node, bit for bit',
    async ({ bundler, isolation, inWorker }) => {
      await withPage(paths[bundler][isolation], async (page) => {
        const run = (options: OpenBackendOptions) =>
          page.call<Answer>('perform', { ...training({ threads: 2, ...options }), inWorker });
        const threads = isolation === 'isolated' ? '2 threads' : '1 thread';
        const [byPlain, byRelaxed] = [await run({ build: 'plain' }), await run({ build: 'relaxed' })];
        expect(byPlain.description).toBe(`wasm: ${threads}, SIMD, plain kernels`);
        expect(byPlain.result).toEqual(plain.result);
        // Processors with a fused multiply-add all round the product and its sum once.
        expect(byRelaxed.description).toBe(`wasm: ${threads}, SIMD, relaxed kernels`);
        expect(byRelaxed.result).toEqual(relaxed.result);
        expect([byPlain.leaked, byRelaxed.leaked]).toEqual([0, 0]);
      });
    },
  );

  it.each([
    ['isolated', "the page's own thread", false],
    ['plain', 'a worker', true],
  ] as const)(
    '%s, in %s: all laws hold on 5 samples, and all absolute checks',
    async (isolation, _, inWorker) => {
      const { result } = await performIn(paths.esbuild[isolation], { task: 'laws', name: 'wasm', inWorker });
      expect(result).toEqual([]);
    },
    240_000,
  );
});

describe('a GPU in a page', () => {
  let parity: ParityBounds;
  beforeAll(async () => {
    parity = await parityBounds();
  });

  it.each([
    ['webgpu', "the page's own thread", false],
    ['webgpu', 'a worker', true],
    ['webgl', "the page's own thread", false],
    ['webgl', 'a worker', true],
  ] as const)(
    '%s, in %s: the losses of training are those of cpu',
    async (name, _, inWorker) => {
      const { result, leaked } = await performIn(paths.vite.plain, { task: 'train', name, inWorker });
      expect(parity.worst(result as number[])).toBeLessThanOrEqual(1);
      expect(leaked).toBe(0);
    },
    240_000,
  );

  // Few samples: the kernels are those that @normlab/laws judges in Node, except webgl's, of which a sample takes long in
  // software.
  it.each([
    ['webgpu', 5],
    ['webgl', 2],
  ] as const)(
    '%s: all laws hold on %i samples, and all absolute checks',
    async (name, runs) => {
      const { result } = await performIn(paths.vite.plain, { task: 'laws', name, runs });
      expect(result).toEqual([]);
    },
    400_000,
  );
});

describe('wasmFiles', () => {
  const wasmFiles = {
    simd: '/plain/tfjs-backend-wasm-simd.wasm',
    threadedSimd: '/isolated/tfjs-backend-wasm-threaded-simd.wasm',
  };
  beforeAll(async () => {
    const require = createRequire(import.meta.url);
    for (const file of Object.values(wasmFiles)) {
      const name = basename(file);
      const path = require.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/${name}`);
      await copyFile(path, join(folder, name));
    }
  });

  it.each(['plain', 'isolated'] as const)(
    'a page, %s, takes the modules from their files',
    async (isolation) => {
      const options = { threads: 2, wasmFiles };
      const { result } = await performIn(paths.vite[isolation], { task: 'train', name: 'wasm', options });
      expect(result).toHaveLength(20);
    },
  );

  it('says what is wrong with a file that is no module', async () => {
    const options = { wasmFiles: { ...wasmFiles, simd: '/plain/vite/vite.html' } };
    const opening = performIn(paths.vite.plain, { task: 'train', name: 'wasm', options });
    await expect(opening).rejects.toThrow(
      'openBackend: wasmFiles: /plain/vite/vite.html must be the URL of tfjs\'s WASM module, got "WebAssembly.compile',
    );
  });

  it('is refused in Node', async () => {
    await expect(openBackend('wasm', { wasmFiles })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: openBackend: wasmFiles must be left out in Node, which reads the files of @tensorflow/tfjs-backend-wasm.]`,
    );
  });
});

it('listBackends says what a page has', async () => {
  const list = await withPage(paths.vite.plain, (page) => page.call<BackendStatus[]>('listBackends', null));
  const available = list.filter((status) => status.available).map(({ name }): BackendName => name);
  expect(available).toEqual(['wasm', 'webgpu', 'webgl', 'cpu']);
  expect(list.find(({ name }) => name === 'tensorflow')).toMatchObject({
    reason: 'only Node loads its native library',
    remedy: 'use webgpu or wasm',
  });
});

it('says where a page may not compile WebAssembly', async () => {
  const policy = 'without-wasm/esbuild/index.html';
  const list = await withPage(policy, (page) => page.call<BackendStatus[]>('listBackends', null));
  const hint = "allow script-src 'wasm-unsafe-eval' in the page's Content-Security-Policy, or use webgl";
  expect(list.find(({ name }) => name === 'wasm')).toMatchObject({
    available: false,
    reason: expect.stringContaining('WebAssembly may not be compiled here: WebAssembly.compile()'),
    remedy: hint,
  });
  const opening = performIn(policy, { task: 'train', name: 'wasm' });
  await expect(opening).rejects.toThrow(
    'openBackend: backend "wasm" must be available here, but WebAssembly',
  );
});
