import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { fusedKernelNames } from '@normlab/kernels';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { isOptional } from './unavailable.js';

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
  describe.each(settings.filter(isWanted))(`${title} on %s`, (setting) => {
    withBackend(setting);
    body(setting);
  });
}

/** NORMLAB_TEST_SETTINGS, names between semicolons, leaves the other settings out: for mutants, which die on one of them. */
function isWanted(setting: Setting): boolean {
  const wanted = process.env.NORMLAB_TEST_SETTINGS;
  return wanted === undefined || wanted.split(';').includes(setting);
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
      if (!isOptional(name) || !(error instanceof BackendError)) throw error;
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
