import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const packages = [
  '@normlab/backends',
  '@normlab/datasets',
  '@normlab/files',
  '@normlab/kernels',
  '@normlab/models',
  '@normlab/ops',
  '@normlab/random',
  '@normlab/train',
  '@normlab/wasm-kernels',
  '@tensorflow/tfjs-core',
];

const manifest = z.object({ name: z.string(), version: z.string() });

/** Versions of everything on which a run's numbers depend. */
export function versions(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  return {
    normlab: versionOf('normlab', fileURLToPath(import.meta.url)),
    ...Object.fromEntries(packages.map((name) => [name, versionOf(name, resolve(name))])),
    node: process.versions.node,
  };
}

/** The version in the package.json above a file of the package. */
function versionOf(name: string, file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'package.json');
    if (!existsSync(candidate)) continue;
    const read = manifest.safeParse(JSON.parse(readFileSync(candidate, 'utf8')));
    if (read.success && read.data.name === name) return read.data.version;
  }
  return 'unknown';
}
