import { type BackendName, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { fusedKernelNames } from '@normlab/kernels';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

/** A backend to test on: as it opens, or without the fused kernels it brings. */
export type Setting = 'cpu' | 'wasm' | 'webgpu' | 'tensorflow' | 'wasm, composed' | 'webgpu, composed';

/** The settings that every operation is tested in. */
export const usualSettings: readonly Setting[] = ['cpu', 'wasm', 'webgpu', 'tensorflow'];

/** Those, and where fused kernels would hide it the composition of tfjs's ops. */
export const everySetting: readonly Setting[] = [...usualSettings, 'wasm, composed'];

/** The tests of `body`, once in each setting; where an optional backend does not open they are skipped and say why. */
export function onBackends(
  body: (setting: Setting) => void,
  settings: readonly Setting[] = usualSettings,
): void {
  describe.each(settings)('on %s', (setting) => {
    const [name, composed] = setting.split(', ') as [BackendName, string?];
    let close = async () => {};
    let reason: string | undefined;
    beforeAll(async () => {
      try {
        const backend = await openBackend(name);
        const restore = composed === undefined ? () => {} : withoutFusedKernels(name);
        close = async () => {
          restore();
          await backend.close();
        };
      } catch (error) {
        const optional = name === 'webgpu' || name === 'tensorflow';
        if (!optional || !(error instanceof BackendError)) throw error;
        reason = error.message;
        // Hooks of the tests that are skipped make their tensors all the same.
        const { close: closeStandIn } = await openBackend('cpu');
        close = closeStandIn;
      }
    });
    beforeEach(({ skip }) => skip(reason !== undefined, reason));
    afterAll(() => close());
    body(setting);
  });
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
