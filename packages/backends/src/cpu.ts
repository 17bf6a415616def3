import { backend, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import type { DeviceOpener } from './device.js';

/** tfjs's plain JavaScript kernels: slow, and the reference for all others. */
export const openCpu: DeviceOpener = async ({ activate }) => {
  const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
  if (findBackendFactory('cpu') == null) registerBackend('cpu', () => new MathBackendCPU());
  await activate();
  hushBanner(backend());
  return { description: 'cpu: 1 thread, JavaScript', threads: 1 };
};

/** In Node, the first write prints a recommendation of tfjs-node unless this flag of the backend is false. */
function hushBanner(cpu: object): void {
  if ('firstUse' in cpu) cpu.firstUse = false;
}
