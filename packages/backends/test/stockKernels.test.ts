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
    await import(stock);
    const names = [...registryOf(name).keys()];
    expect(names.length).toBeGreaterThan(100);
    // Node may load another copy of tfjs's package for the backend, whose entries are others of the same names.
    await (await openBackend(name)).close();
    const before = registryOf(name);
    expect([...before.keys()].sort()).toEqual(names.sort());
    const backend = await openBackend(name);
    const replaced = changes(before, registryOf(name));
    expect(replaced).toEqual(expect.arrayContaining(['Conv2DBackpropFilter', 'NormlabStandardize']));
    await backend.close();
    expect(changes(before, registryOf(name))).toEqual([]);
  });
});
