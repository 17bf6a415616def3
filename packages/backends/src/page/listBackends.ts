import { noTensorflow } from '../availability.js';
import type { BackendStatus } from '../backend.js';
import { listWith } from '../listWith.js';
import { probeWasm } from './probeWasm.js';
import { probeWebgl } from './webgl.js';
import { probeWebgpu } from './webgpu.js';

/** The same as in Node, in a web page or a worker of one. */
export async function listBackends(): Promise<BackendStatus[]> {
  return listWith({
    wasm: probeWasm,
    webgpu: probeWebgpu,
    webgl: probeWebgl,
    cpu: async () => ({ description: 'cpu: 1 thread, JavaScript' }),
    tensorflow: async () => noTensorflow,
  });
}
