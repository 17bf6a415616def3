import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { Device, DeviceRequest } from '../device.js';
import { type AdapterFacts, describeAdapter, runsInSoftware } from './describeAdapter.js';
import { failOnDeviceErrors } from './deviceFaults.js';
import { registerWebgpuKernels } from './registerWebgpuKernels.js';

/** An adapter with `info`, which {@link GPUAdapter} in tfjs's older types lacks. */
export type TellingAdapter = GPUAdapter & { readonly info: GPUAdapterInfo & AdapterFacts };

/** Starts tfjs's WebGPU backend on an adapter, with our kernels. */
export async function startWebgpu(
  { activate, afterRemoval }: DeviceRequest,
  adapter: TellingAdapter,
  makeBackend: (device: GPUDevice) => WebGPUBackend,
): Promise<Device> {
  const device = await adapter.requestDevice(deviceDescriptor(adapter));
  afterRemoval(async () => {
    device.destroy();
    await device.lost;
  });
  // In a page, the import registers tfjs's own factory of the backend, which the next one replaces.
  if (findBackendFactory('webgpu') != null) removeBackend('webgpu');
  registerBackend('webgpu', () => {
    const backend = makeBackend(device);
    failOnDeviceErrors(backend);
    return backend;
  });
  await activate();
  const restoreKernels = registerWebgpuKernels({ software: runsInSoftware(adapter.info) });
  return {
    description: `webgpu: ${describeAdapter(adapter.info)}`,
    threads: 1,
    release: async () => restoreKernels(),
  };
}

/** Requests the adapter's own limits: WebGPU's defaults are low enough for phones. */
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
