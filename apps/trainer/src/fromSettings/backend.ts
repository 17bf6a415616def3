import { type OpenBackend, openBackend } from '@normlab/backends';
import type { Settings } from '../settings/settings.js';

/**
 * Opens the backend that the settings name, with the options that they give for it.
 *
 * @throws BackendError if it cannot be opened here
 */
export function openBackendOf({ backend, threads, build, adapter }: Settings): Promise<OpenBackend> {
  return openBackend(backend, {
    ...(backend === 'wasm' && threads !== undefined && { threads }),
    ...(backend === 'wasm' && build !== undefined && { build }),
    ...(backend === 'webgpu' && adapter !== undefined && { adapter }),
  });
}
