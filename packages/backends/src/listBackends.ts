import { noWebgl } from './availability.js';
import type { BackendStatus } from './backend.js';
import { listWith } from './listWith.js';

/**
 * Says for every backend whether it can be opened here, and if not, why and what to do; in the order of preference on
 * a machine without a GPU.
 *
 * Opens none of them: drivers and native libraries are loaded in separate processes, so that a crash is reported as a
 * reason. Never throws.
 */
export async function listBackends(): Promise<BackendStatus[]> {
  return listWith({
    wasm: async () => (await import('./wasm/probeWasm.js')).probeWasm(),
    webgpu: async () => (await import('./webgpu/probeWebgpu.js')).probeWebgpu(),
    tensorflow: async () => (await import('./tensorflow/probeTensorflow.js')).probeTensorflow(),
    cpu: async () => ({ description: 'cpu: 1 thread, JavaScript' }),
    webgl: async () => noWebgl,
  });
}
