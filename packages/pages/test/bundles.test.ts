import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChromium, openPage, servePages } from '@normlab/pages';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/** Packages that are for Node only, because they read and write files. */
const forNode = ['@normlab/files'];

/** Every entry of a published package that must run in pages: all but `/node` and JSON files. */
function pageEntries(): string[] {
  const folders = readdirSync(packages, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: folder }) => {
    const {
      name,
      private: isPrivate,
      exports,
    } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
    if (isPrivate || forNode.includes(name)) return [];
    return Object.keys(exports)
      .filter((entry) => entry !== './node' && !entry.endsWith('.json'))
      .map((entry) => join(name, entry));
  });
}

/** Bundles everything that an entry exports, for a page. */
async function bundle(entry: string): Promise<Metafile> {
  const { warnings, metafile } = await build({
    stdin: { contents: `export * from '${entry}';`, resolveDir: packages },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  return metafile;
}

describe('esbuild bundles for pages, without shims, options or warnings', () => {
  it.each(pageEntries())('%s', async (entry) => {
    await bundle(entry);
  });
});

it('a page loads none of the files of the backends that are for Node', async () => {
  const { inputs } = await bundle('@normlab/backends');
  const ours = Object.keys(inputs).filter((path) => path.includes('packages/backends/dist/'));
  expect(ours).not.toEqual([]);
  expect(
    ours.filter((path) => /tensorflow\/|dawn|vulkan|probe|wasm\/(openWasm|threadedModule)/i.test(path)),
  ).toEqual(ours.filter((path) => path.endsWith('/page/probeWasm.js')));
});

describe('webpack', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normlab-webpack-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('bundles the backends for pages, without options or warnings, and they open there', async (test) => {
    const entry = join(folder, 'page.js');
    await writeFile(
      entry,
      `import { openBackend } from '@normlab/backends';
      globalThis.open = async () => {
        const backend = await openBackend('wasm', { threads: 2, build: 'plain' });
        await backend.close();
        return backend.description;
      };
      globalThis.ready = true;`,
    );
    const problems = await new Promise((resolve, reject) => {
      webpack(
        {
          mode: 'production',
          entry,
          context: packages,
          output: { path: join(folder, 'out') },
          resolve: { modules: [join(packages, '../node_modules')] },
          performance: { hints: false },
          // Minifying takes most of the time and gives no further warnings.
          optimization: { minimize: false },
        },
        (error, stats) => {
          if (error !== null || stats === undefined) return reject(error);
          const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
          resolve({ errors, warnings });
        },
      );
    });
    expect(problems).toEqual({ errors: [], warnings: [] });

    await writeFile(join(folder, 'out/index.html'), '<!doctype html><script src="./main.js"></script>');
    const chromium = await openChromium();
    if (!('browser' in chromium)) return test.skip(`SKIPPED: ${chromium.reason}`);
    const server = await servePages(join(folder, 'out'));
    try {
      for (const [mode, threads] of [
        ['isolated', '2 threads'],
        ['plain', '1 thread'],
      ]) {
        const page = await openPage(chromium.browser, `${server.origin}/${mode}/index.html`);
        expect(await page.call('open', undefined)).toBe(`wasm: ${threads}, SIMD, plain kernels`);
        expect(page.complaints).toEqual([]);
        await page.close();
      }
    } finally {
      await server.close();
      await chromium.close();
    }
  });
});
