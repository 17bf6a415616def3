import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { Device, DeviceRequest } from '../device.js';
import { type AdapterFacts, describeAdapter, runsInSoftware } from './describeAdapter.js';
import { failOnDeviceErrors } from './deviceFaults.js';
import { registerWebgpuKernels } from './registerWebgpuKernels.js';

/** An adapter that tells of itself: {@link GPUAdapter} in tfjs's types is older. */
export type TellingAdapter = GPUAdapter & { readonly info: GPUAdapterInfo & AdapterFacts };

/** Makes tfjs's WebGPU backend on an adapter, with the kernels that training lacks or waits for. */
export async function startWebgpu(
  { activate }: DeviceRequest,
  adapter: TellingAdapter,
  makeBackend: (device: GPUDevice) => WebGPUBackend,
): Promise<Device> {
  const device = await adapter.requestDevice(deviceDescriptor(adapter));
  // Importing registers tfjs's own way to start it in a page; ours takes its place.
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
    end: async () => {
      device.destroy();
      await device.lost;
    },
  };
}

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
