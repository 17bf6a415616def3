import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleWithVite,
  type Chromium,
  openChromium,
  openPage,
  type PageServer,
  servePages,
} from '@normlab/pages';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Training, trainOnWasm } from './app/training.js';

let folder: string;
let chromium: Chromium;
let server: PageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'normlab-layers-page-'));
  chromium = await openChromium();
  server = await servePages(folder);
  const app = fileURLToPath(new URL('./app/', import.meta.url));
  expect(await bundleWithVite(app, 'page.html', folder)).toEqual({ warnings: [] });
});

afterAll(async () => {
  if ('browser' in chromium) await chromium.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach((test) => {
  if ('reason' in chromium) test.skip(`SKIPPED: ${chromium.reason}`);
});

it.each([
  ['isolated', 'wasm: 2 threads, SIMD, plain kernels'],
  ['plain', 'wasm: 1 thread, SIMD, plain kernels'],
])(
  'a page, %s: layers of tf.layers train to the numbers of Node, bit for bit',
  async (isolation, description) => {
    if (!('browser' in chromium)) throw new Error(chromium.reason);
    const expected = await trainOnWasm({ build: 'plain', threads: 1 });
    expect(expected.losses.at(-1)).toBeLessThan(0.2);
    const page = await openPage(chromium.browser, `${server.origin}/${isolation}/page.html`);
    try {
      const actual = await page.call<Training>('trainOnWasm', { build: 'plain', threads: 2 });
      expect(actual).toEqual({ ...expected, description });
      expect(page.complaints).toEqual([]);
    } finally {
      await page.close();
    }
  },
  120_000,
);
