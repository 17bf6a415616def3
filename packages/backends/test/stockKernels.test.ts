import { type BackendName, openBackend } from '@normlab/backends';
import { unavailable } from '@normlab/testing';
import { getGradient, getKernelsForBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

/** Every entry that tfjs has for a backend, by the name of its kernel, and the gradients that normlab replaces. */
function registryOf(name: BackendName): ReadonlyMap<string, object | undefined> {
  const entries = getKernelsForBackend(name).map((entry) => [entry.kernelName, entry] as const);
  const gradients = ['Relu', 'Prelu'].map((each) => [`gradient of ${each}`, getGradient(each)] as const);
  return new Map<string, object | undefined>([...entries, ...gradients]);
}

/** The names whose entries differ. */
function changes(
  before: ReadonlyMap<string, object | undefined>,
  after: ReadonlyMap<string, object | undefined>,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

describe.each([
  { name: 'wasm', stock: '@tensorflow/tfjs-backend-wasm' },
  { name: 'webgpu', stock: '@tensorflow/tfjs-backend-webgpu' },
] as const)('closing $name', async ({ name, stock }) => {
  const reason = await unavailable(name);
  const title = reason === undefined ? '' : `, SKIPPED: ${reason}`;

  it.skipIf(reason !== undefined)(`registers the stock kernels of tfjs again${title}`, async () => {
    // Opening it once loads the gradients, and the package of tfjs with its kernels.
    await (await openBackend(name)).close();
    await import(stock);
    const before = registryOf(name);
    expect(before.size).toBeGreaterThan(100);
    // Entries of our own carry a symbol or the name.
    const ours = [...before].filter(
      ([key, entry]) => key.startsWith('Normlab') || Object.getOwnPropertySymbols(entry ?? {}).length > 0,
    );
    expect(ours).toEqual([]);
    const backend = await openBackend(name);
    const replaced = changes(before, registryOf(name));
    expect(replaced).toEqual(expect.arrayContaining(['Conv2DBackpropFilter', 'NormlabStandardize']));
    await backend.close();
    expect(changes(before, registryOf(name))).toEqual([]);
  });
});
