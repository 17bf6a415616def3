import { arch, platform } from 'node:process';
import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { fusedKernelNames } from '@normlab/kernels';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

/** A backend to test on: as it opens, on one thread, or without the fused kernels it brings. */
export type Setting = BackendName | 'wasm, one thread' | 'wasm, composed' | 'webgpu, composed';

/** The settings that every operation is tested in. */
export const usualSettings: readonly Setting[] = ['cpu', 'wasm', 'webgpu', 'tensorflow'];

/** Those, and where fused kernels would hide it the composition of tfjs's ops. */
export const everySetting: readonly Setting[] = [...usualSettings, 'wasm, composed'];

/** The backends that are fast enough without a GPU; on one thread, as other files are tested at the same time. */
export const inSoftware: readonly Setting[] = ['cpu', 'wasm, one thread', 'tensorflow'];

/** The same tests in each setting. */
export function onBackends(
  title: string,
  settings: readonly Setting[],
  body: (setting: Setting) => void,
): void {
  describe.each(settings)(`${title} on %s`, (setting) => {
    withBackend(setting);
    body(setting);
  });
}

/** Opens a backend for the tests of a block. Where an optional one does not open they are skipped and say why. */
export function withBackend(setting: Setting, options: OpenBackendOptions = {}): void {
  const [name, variant] = setting.split(', ') as [BackendName, string?];
  let close = async () => {};
  let reason: string | undefined;
  beforeAll(async () => {
    try {
      const backend = await openBackend(name, variant === 'one thread' ? { threads: 1 } : options);
      const restore = variant === 'composed' ? withoutFusedKernels(name) : () => {};
      close = async () => {
        restore();
        await backend.close();
      };
    } catch (error) {
      // On Linux x64 npm brings all that any backend but tensorflow needs; elsewhere a GPU may be missing.
      const hasSoftwareGpu = platform === 'linux' && arch === 'x64';
      const optional = name === 'tensorflow' || (name === 'webgpu' && !hasSoftwareGpu);
      if (!optional || !(error instanceof BackendError)) throw error;
      reason = error.message;
      // Hooks of the tests that are skipped make their tensors all the same.
      const { close: closeStandIn } = await openBackend('cpu');
      close = closeStandIn;
    }
  });
  beforeEach(({ skip }) => skip(reason !== undefined, reason));
  afterAll(() => close());
}

function withoutFusedKernels(backendName: BackendName): () => void {
  const removed = fusedKernelNames
    .map((name) => getKernel(name, backendName))
    .filter((kernel) => kernel !== undefined);
  for (const { kernelName } of removed) unregisterKernel(kernelName, backendName);
  return () => {
    for (const kernel of removed) registerKernel(kernel);
  };
}
