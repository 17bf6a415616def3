import { noTensorflow, refuse } from '../availability.js';
import type { BackendName, OpenBackend, OpenBackendOptions } from '../backend.js';
import { type Openers, openWith } from '../openWith.js';

const openers: Openers = {
  wasm: async () => (await import('./openWasm.js')).openWasm,
  webgpu: async () => (await import('./openWebgpu.js')).openWebgpu,
  webgl: async () => (await import('./openWebgl.js')).openWebgl,
  cpu: async () => (await import('../cpu.js')).openCpu,
  tensorflow: async () => refuse('tensorflow', noTensorflow),
};

/** The same as in Node, in a web page or a worker of one. */
export async function openBackend(name: BackendName, options: OpenBackendOptions = {}): Promise<OpenBackend> {
  return openWith(openers, name, options);
}
