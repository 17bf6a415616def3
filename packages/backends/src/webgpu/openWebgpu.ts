import { createRequire } from 'node:module';
import { BackendError } from '@normlab/errors';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { registerBackend } from '@tensorflow/tfjs-core';
import type { DeviceOpener } from '../device.js';
import { requestAdapter } from './adapter.js';
import { describeAdapter, runsInSoftware } from './describeAdapter.js';
import { registerWebgpuKernels } from './registerWebgpuKernels.js';

type TfjsWebgpu = typeof import('@tensorflow/tfjs-backend-webgpu');

/**
 * Dawn's instances, for as long as the process lives.
 *
 * Dawn crashes or hangs the process when an instance is collected before its device, also before one that was
 * destroyed, and the collector knows no order.
 */
const instances = new Set<object>();

/** tfjs's WebGPU backend on Dawn, with the kernels that training lacks or waits for. */
export const openWebgpu: DeviceOpener = async ({ activate, adapter: choice }) => {
  const { dawn, tfjs, instance, adapter } = await requestAdapter(choice);
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  }
  const { WebGPUBackend }: TfjsWebgpu = createRequire(import.meta.url)(tfjs);
  const device = await adapter.requestDevice(deviceDescriptor(adapter));
  instances.add(instance);
  registerBackend('webgpu', () => {
    const backend = withNavigatorGpu(instance, () => new WebGPUBackend(device, adapter.info));
    failOnDeviceErrors(backend);
    return backend;
  });
  await activate();
  const restoreKernels = registerWebgpuKernels({ software: runsInSoftware(adapter.info) });
  return {
    description: `webgpu: ${describeAdapter(adapter.info)}`,
    threads: 1,
    release: async () => restoreKernels(),
    end: async () => {
      device.destroy();
      await device.lost;
    },
  };
};

/** All that the adapter allows: WebGPU's default limits are those of a phone. */
function deviceDescriptor({ limits, features }: GPUAdapter): GPUDeviceDescriptor {
  return {
    // tfjs's profiler uses it.
    requiredFeatures: features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  };
}

/** Runs with `navigator.gpu`, which tfjs's backend wants to see when it is made, and at no other time. */
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

/**
 * Makes reading a tensor fail once the device has failed.
 *
 * tfjs does not look at the device's errors: out of memory, it would compute on with zeros.
 */
function failOnDeviceErrors(backend: WebGPUBackend): void {
  let fault: BackendError | undefined;
  backend.device.onuncapturederror = ({ error }) => {
    fault ??= new BackendError({
      where: 'webgpu',
      what: 'the device',
      rule: 'compute without error',
      got: error.message,
      ...(error instanceof GPUOutOfMemoryError && {
        hint: 'make the batch smaller, or the network narrower',
      }),
    });
  };
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (fault !== undefined) throw fault;
    return values;
  };
}
