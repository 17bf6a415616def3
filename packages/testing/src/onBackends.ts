import { arch, platform } from 'node:process';
import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { fusedKernelNames } from '@normlab/kernels';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

/** A backend to test on: with its default settings, on one thread, or without its fused kernels. */
export type Setting = BackendName | 'wasm, one thread' | 'wasm, composed' | 'webgpu, composed';

/** The settings that every operation is tested in. */
export const usualSettings: readonly Setting[] = ['cpu', 'wasm', 'webgpu', 'tensorflow'];

/** All settings, and the composition of tfjs's ops on the backends where fused kernels would otherwise replace it. */
export const everySetting: readonly Setting[] = [...usualSettings, 'wasm, composed'];

/**
 * The backends that are fast enough without a GPU; wasm on one thread, because vitest runs other files at the same
 * time.
 */
export const inSoftware: readonly Setting[] = ['cpu', 'wasm, one thread', 'tensorflow'];

/** Runs the same tests in each setting. */
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

/** Opens a backend for the tests of a block. If an optional backend does not open, they are skipped and say why. */
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
      // On Linux x64, npm installs all that a backend needs, except tensorflow; elsewhere a GPU may be missing.
      const hasSoftwareGpu = platform === 'linux' && arch === 'x64';
      const optional = name === 'tensorflow' || (name === 'webgpu' && !hasSoftwareGpu);
      if (!optional || !(error instanceof BackendError)) throw error;
      reason = error.message;
      // The hooks of skipped tests still run and create their tensors.
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
