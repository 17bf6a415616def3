import { createRequire } from 'node:module';
import type { DeviceOpener } from '../device.js';
import { requestAdapter } from './adapter.js';
import { startWebgpu } from './startWebgpu.js';

type TfjsWebgpu = typeof import('@tensorflow/tfjs-backend-webgpu');

/**
 * Dawn's instances, kept until the process ends.
 *
 * Dawn crashes or hangs the process when an instance is garbage-collected before its device, even a destroyed device,
 * and the garbage collector keeps no order.
 */
const instances = new Set<object>();

/** tfjs's WebGPU backend on Dawn. */
export const openWebgpu: DeviceOpener = async (request) => {
  const { dawn, tfjs, instance, adapter } = await requestAdapter(request.adapter);
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  }
  const { WebGPUBackend }: TfjsWebgpu = createRequire(import.meta.url)(tfjs);
  instances.add(instance);
  return startWebgpu(request, adapter, (device) =>
    withNavigatorGpu(instance, () => new WebGPUBackend(device, adapter.info)),
  );
};

/** Runs with `navigator.gpu` defined, which the constructor of tfjs's backend requires. */
function withNavigatorGpu<T>(gpu: object, run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
