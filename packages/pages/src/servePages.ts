import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** A server on this machine's loopback interface. */
export type PageServer = { readonly origin: string; close(): Promise<void> };

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The headers that make a page cross-origin isolated, so that it may share memory with its workers. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A policy that forbids a page to compile WebAssembly. */
const withoutWasm = { 'Content-Security-Policy': "script-src 'self'" };

/** The least that threads on WebAssembly need: no code from strings. */
const strict = {
  ...isolation,
  'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
};

const headers: Readonly<Record<string, object>> = {
  isolated: isolation,
  plain: {},
  strict,
  'without-wasm': withoutWasm,
};

/**
 * Serves a folder: its files under `/isolated/` with the headers of cross-origin isolation, under `/strict/` with these
 * and a policy that allows WebAssembly, but no code from strings, under `/without-wasm/` with a policy that forbids
 * WebAssembly too, under `/plain/` with none. An address that ends with `/` is that of the folder's `index.html`.
 */
export async function servePages(folder: string): Promise<PageServer> {
  const server = createServer(async ({ url = '' }, response) => {
    const [, mode, path = ''] = /^\/(isolated|plain|strict|without-wasm)\/([^?]*)/.exec(normalize(url)) ?? [];
    if (mode === undefined) return void response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
    const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
    const body = await readFile(join(folder, file)).catch(() => undefined);
    if (body === undefined) return void response.writeHead(404).end();
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, ...headers[mode] }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
