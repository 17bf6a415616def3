import { type OpenBackend, openBackend } from '@normlab/backends';
import { BackendError, OptionError } from '@normlab/errors';
import { allCnn, buildModel } from '@normlab/models';
import { unavailable } from '@normlab/testing';
import { constant, crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { add, backend, fill, ones } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { softwareArchive, unpackSoftwareVulkan } from '../../src/webgpu/softwareVulkan.js';
import { normals } from '../support/tensors.js';

const reason = await unavailable('webgpu');

describe.skipIf(reason !== undefined)(`webgpu${reason === undefined ? '' : `, SKIPPED: ${reason}`}`, () => {
  let opened: OpenBackend | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  it('reads back once per training step, at its end, and compiles nothing in the second step', async () => {
    opened = await openBackend('webgpu');
    const device = backend() as WebGPUBackend;
    const model = buildModel(allCnn({ width: 1 / 24, norm: 'bn', input: [12, 12, 3] }));
    const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9, l2: 2e-4 });
    const step = trainStep(model, optimizer, crossEntropy);
    const batch = {
      images: normals(1, 2, 12, 12, 3).data,
      labels: Int32Array.of(1, 2),
      shape: [2, 12, 12, 3] as const,
    };
    const reads = vi.spyOn(device, 'getBufferData');
    const waits = vi.spyOn(device, 'readSync');
    const first = await step(initState(model, optimizer, 1), batch);
    const compiles = vi.spyOn(device.device, 'createComputePipeline');
    const second = await step(first.state, batch);
    expect(reads).toHaveBeenCalledTimes(2);
    expect(waits).not.toHaveBeenCalled();
    expect(compiles).not.toHaveBeenCalled();
    disposeState(first.state);
    disposeState(second.state);
  });

  it('fails at the next read when the device has failed', async () => {
    opened = await openBackend('webgpu');
    (backend() as WebGPUBackend).device.createShaderModule({ code: 'no WGSL' });
    const values = ones([2, 3]).data();
    await expect(values).rejects.toThrow(BackendError);
    await expect(values).rejects.toThrow(
      'webgpu: the device must compute without error, got "Error while parsing',
    );
  });

  it('computes and reads nothing more after an error', async () => {
    opened = await openBackend('webgpu');
    const before = ones([2, 3]);
    (backend() as WebGPUBackend).device.createShaderModule({ code: 'no WGSL' });
    await expect(before.data()).rejects.toThrow(BackendError);
    await expect(before.data()).rejects.toThrow('(what was computed since is lost: close the backend');
    const large = 1000;
    expect(() => fill([large, large], 1)).toThrow('webgpu: the device must compute without error');
    await opened.close();
    opened = await openBackend('webgpu');
    expect([...(await fill([2], 3).data())]).toEqual([3, 3]);
  });

  it('says that it is out of memory', async () => {
    opened = await openBackend('webgpu');
    const { device } = backend() as WebGPUBackend;
    device.onuncapturederror!(
      Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError('no more') }) as never,
    );
    await expect(ones([2, 3]).data()).rejects.toThrow(
      'webgpu: the device must compute without error, got "no more" (make the batch smaller, or the network narrower',
    );
  });

  it('says that a device is lost, in pending and in later reads', async () => {
    opened = await openBackend('webgpu');
    const { device } = backend() as WebGPUBackend;
    const running = add(fill([300, 300], 1), 1).data();
    device.destroy();
    const message = 'webgpu: the device must exist until the backend is closed, got "lost (destroyed): ';
    await expect(running).rejects.toThrow(message);
    await expect(ones([2, 3]).data()).rejects.toThrow(message);
    expect(() => fill([300, 300], 1)).toThrow(message);
  });

  it
    .skipIf(softwareArchive() === undefined)
    .each(['SwiftShader', 'swiftshader', 'swiftshader-device-subzero-'])(
    'finds an adapter by %s: its name in the driver, as users write it, and in its description',
    async (adapter) => {
      // A machine whose only driver is that one.
      const { driverFile } = await unpackSoftwareVulkan(softwareArchive()!);
      vi.stubEnv('VK_DRIVER_FILES', driverFile);
      vi.stubEnv('VK_ICD_FILENAMES', driverFile);
      try {
        opened = await openBackend('webgpu', { adapter });
        expect(opened.description).toMatch(/^webgpu: swiftshader/);
        await opened.close();
        await expect(openBackend('webgpu', { adapter: 'no such adapter' })).rejects.toThrow(
          'got "no such adapter" (found: SwiftShader Device (Subzero))',
        );
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );

  it('refuses an adapter that the machine does not have', async () => {
    await expect(openBackend('webgpu', { adapter: 'no such adapter' })).rejects.toThrow(OptionError);
    await expect(openBackend('webgpu', { adapter: 'no such adapter' })).rejects.toThrow(
      'openBackend: adapter must be "software" or part of the name of an adapter of this machine, got "no such adapter"',
    );
  });
});
