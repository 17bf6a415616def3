import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@normlab/pages';
import { CannotRun, type Peer } from '../peers/peerProcess.js';
import type { Greeting, Reply } from '../peers/protocol.js';
import type { PageRequest } from './answerInPage.js';

/** Peers in cross-origin isolated pages of a headless Chromium, or why there are none. */
export type PagePeers =
  | { readonly peers: readonly Peer[]; close(): Promise<void> }
  | { readonly missing: string };

/** Opens a page for each number of threads and place. */
export async function openPagePeers(threadCounts: readonly number[]): Promise<PagePeers> {
  const pages = await loadPages();
  if (pages === undefined) return { missing: '@normlab/pages is not part of this copy of normlab' };
  const { bundleWithEsbuild, openChromium, openPage, servePages } = pages;
  const chromium = await openChromium();
  if ('reason' in chromium) return { missing: chromium.reason };
  const folder = await mkdtemp(join(tmpdir(), 'normlab-bench-'));
  const server = await servePages(folder);
  const close = async () => {
    await chromium.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const script = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    await bundleWithEsbuild([script('page'), script('pageWorker')], folder);
    const peers: Peer[] = [];
    for (const threads of threadCounts) {
      for (const place of ['inWorker', 'inPage'] as const) {
        const page = await openPage(chromium.browser, `${server.origin}/isolated/index.html`);
        peers.push(await pagePeer(page, place, threads));
      }
    }
    return { peers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The launcher of pages; bundles for GPU machines are made without it, its browser and its bundlers. */
async function loadPages(): Promise<typeof import('@normlab/pages') | undefined> {
  try {
    return await import('@normlab/pages');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function pagePeer(page: Page, place: 'inWorker' | 'inPage', threads: number): Promise<Peer> {
  const ask = (request: PageRequest) => page.call<Greeting | Reply>(place, request);
  const greeting = await ask({ threads });
  if (!('description' in greeting)) throw new Error(`a page did not start: ${JSON.stringify(greeting)}`);
  return {
    name: place === 'inWorker' ? 'worker of a page' : 'page',
    threads,
    description: `${greeting.description}, in Chromium`,
    time: async (workload, repeats) => {
      const reply = await ask({ workload, repeats });
      if ('seconds' in reply) return reply;
      throw new CannotRun('error' in reply ? reply.error : 'no answer');
    },
    forget: async () => {
      await ask({ forget: true });
    },
    close: () => page.close(),
  };
}
