import { NormlabError } from '@normlab/errors';
import type { Availability } from './availability.js';
import type { BackendName, BackendStatus } from './backend.js';
import { registerGradients } from './gradients.js';

const probes: Readonly<Record<BackendName, () => Promise<Availability>>> = {
  wasm: async () => (await import('./wasm/probeWasm.js')).probeWasm(),
  webgpu: async () => (await import('./webgpu/probeWebgpu.js')).probeWebgpu(),
  tensorflow: async () => (await import('./tensorflow/probeTensorflow.js')).probeTensorflow(),
  cpu: async () => ({ description: 'cpu: 1 thread, JavaScript' }),
};

/**
 * Says of every backend whether it can be opened here, and if not why and what to do; in the order in which
 * to prefer them without a GPU.
 *
 * Opens none of them: drivers and native libraries are looked at in processes of their own, so that one
 * that crashes is a line of the answer. Never throws.
 */
export async function listBackends(): Promise<BackendStatus[]> {
  const names = Object.keys(probes) as BackendName[];
  return Promise.all(names.map(statusOf));
}

async function statusOf(name: BackendName): Promise<BackendStatus> {
  const found = await look(name).catch(fault);
  return 'description' in found
    ? { name, available: true, description: found.description }
    : { name, available: false, description: name, ...found };
}

async function look(name: BackendName): Promise<Availability> {
  await registerGradients();
  return probes[name]();
}

/** What nothing of this was written for: a file that cannot be read, a package cut short. */
function fault(error: unknown): Availability {
  if (error instanceof NormlabError) {
    return { reason: error.message, remedy: error.complaint.hint ?? 'see the message' };
  }
  return {
    reason: error instanceof Error ? error.message : String(error),
    remedy: 'install the packages again: npm ci',
  };
}
