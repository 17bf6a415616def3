import { noWebgl, refuse } from './availability.js';
import type { BackendName, OpenBackend, OpenBackendOptions } from './backend.js';
import { type Openers, openWith } from './openWith.js';

const openers: Openers = {
  wasm: async () => (await import('./wasm/openWasm.js')).openWasm,
  webgpu: async () => (await import('./webgpu/openWebgpu.js')).openWebgpu,
  tensorflow: async () => (await import('./tensorflow/openTensorflow.js')).openTensorflow,
  cpu: async () => (await import('./cpu.js')).openCpu,
  webgl: async () => refuse('webgl', noWebgl),
};

/**
 * Opens a tfjs backend that can train, and makes it the active one.
 *
 * Registers the gradients and adds the kernels that the backend lacks. Several backends may be open at once; the one
 * opened last is active, and closing it makes the one before it active again. Closing a backend also removes its
 * tensors.
 *
 * @throws OptionError for an unknown name or option
 * @throws BackendError if the backend cannot be opened here, or is open already
 *
 * @example
 * ```ts
 * const backend = await openBackend('wasm');
 * // … train …
 * await backend.close();
 * ```
 */
export async function openBackend(name: BackendName, options: OpenBackendOptions = {}): Promise<OpenBackend> {
  return openWith(openers, name, options);
}
