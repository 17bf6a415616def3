import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { resolvePackage } from '../resolvePackage.js';

/** The packages that bind TensorFlow's C library to Node, the one for GPUs first. */
const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** An installed one of these packages. */
export type TensorflowPackage = {
  readonly name: (typeof names)[number];
  readonly folder: string;
  /** The main module: loading it registers the backend. */
  readonly main: string;
  /** The compiled binding; undefined where it was neither built nor downloaded. */
  readonly binding: string | undefined;
  /** The library that {@link setupTensorflow} linked it with; undefined where the package downloaded its own. */
  readonly linked: string | undefined;
};

/** The installed package, preferably one with a binding; undefined where neither is installed. */
export function findTensorflowPackage(): TensorflowPackage | undefined {
  const installed = names.flatMap((name): TensorflowPackage[] => {
    const description = resolvePackage(`${name}/package.json`);
    if (description === undefined) return [];
    const folder = dirname(description);
    const main = join(folder, 'dist', 'index.js');
    return [{ name, folder, main, binding: findBinding(folder), linked: findLinked(folder) }];
  });
  return installed.find(({ binding }) => binding !== undefined) ?? installed[0];
}

/** The newest of lib/napi-v3 … lib/napi-v8 that holds a binding and that this Node can load. */
function findBinding(folder: string): string | undefined {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .flatMap((entry) => /^napi-v(\d+)$/.exec(entry)?.[1] ?? [])
    .map(Number)
    .filter((version) => version <= Number(process.versions.napi))
    .sort((a, b) => b - a)
    .map((version) => join(lib, `napi-v${version}`, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}

/**
 * The library that deps/lib/libtensorflow.so links to, if by an absolute path: a downloaded library has a relative
 * link.
 */
function findLinked(folder: string): string | undefined {
  try {
    const target = readlinkSync(join(folder, 'deps', 'lib', 'libtensorflow.so'));
    return isAbsolute(target) ? target : undefined;
  } catch {
    return undefined;
  }
}
