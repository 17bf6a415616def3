import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { NormlabError } from '@normlab/errors';
import { nodeFileTrace } from '@vercel/nft';

const trainer = 'apps/trainer/bin/normlab.js';
const benchmarks = 'bench/dist';
const tfjsWasm = 'node_modules/@tensorflow/tfjs-backend-wasm';
const software = 'node_modules/@sparticuz/chromium';

/**
 * The files that `normlab` and the benchmarks load when they run, relative to the workspace, including links between
 * packages.
 *
 * Most are found by following imports. Files whose names are computed at run time are listed here.
 *
 * @throws NormlabError if something is not built
 */
export async function programFiles(
  workspace: string,
  options: { readonly software: boolean },
): Promise<string[]> {
  checkBuilt(workspace, 'apps/trainer/dist/main.js', 'npm run build');
  checkBuilt(workspace, `${benchmarks}/main.js`, 'npm run build:bench');
  const { resolve } = createRequire(join(workspace, 'packages/backends/package.json'));
  const programs = [
    join(workspace, trainer),
    ...(await filesIn(workspace, benchmarks, /\.js$/)).map((file) => join(workspace, file)),
    resolve('webgpu'),
    resolve('@tensorflow/tfjs-backend-webgpu'),
  ];
  // Benchmarks in a page need a browser and bundlers: the benchmark says that they are left out.
  const { fileList } = await nodeFileTrace(programs, { base: workspace, ignore: 'packages/pages/**' });
  const named = [
    // With threads, as tfjs starts it and as normlab starts it.
    ...(await filesIn(workspace, `${tfjsWasm}/dist`, /\.wasm$/)),
    ...(await filesIn(workspace, `${tfjsWasm}/wasm-out`, /threaded-simd.*\.(wasm|js)$/)),
    // Its main module is resolved but never run.
    ...(options.software
      ? [
          `${software}/package.json`,
          ...(await filesIn(workspace, `${software}/build`, /^index\.c?js$/)),
          `${software}/bin/swiftshader.tar.br`,
        ]
      : []),
  ];
  return [...new Set([...fileList, ...named])].filter((file) => !isForeign(file)).sort();
}

/** Builds for other machines, and files that only a debugger reads. */
function isForeign(file: string): boolean {
  return file.endsWith('.map') || /^node_modules\/webgpu\/dist\/(?!linux-x64)./.test(file);
}

function checkBuilt(workspace: string, file: string, command: string): void {
  if (existsSync(join(workspace, file))) return;
  throw new NormlabError({ where: 'bundle:gpu', what: file, rule: 'be there', hint: command });
}

async function filesIn(workspace: string, folder: string, names: RegExp): Promise<string[]> {
  const entries = await readdir(join(workspace, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .map((entry) => relative(workspace, join(entry.parentPath, entry.name)));
}
