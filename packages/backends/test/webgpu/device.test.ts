import { type OpenBackend, openBackend } from '@normlab/backends';
import { BackendError, OptionError } from '@normlab/errors';
import { allCnn, buildModel } from '@normlab/models';
import { constant, crossEntropy, lossAndGradients, sgd } from '@normlab/train';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend, dispose, ones, tidy } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { unavailable } from '../support/backends.js';
import { normals } from '../support/tensors.js';

const reason = unavailable('webgpu');

describe.skipIf(reason !== undefined)(`webgpu${reason === undefined ? '' : `, SKIPPED: ${reason}`}`, () => {
  let opened: OpenBackend | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  it('reads nothing back within a training step, and compiles nothing in the second', async () => {
    opened = await openBackend('webgpu');
    const device = backend() as WebGPUBackend;
    const model = buildModel(allCnn({ width: 1 / 24, norm: 'cbn-lconv-nobn', input: [12, 12, 3] }));
    const { params, stats } = model.init(1);
    const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9, l2: 2e-4 });
    const batch = {
      images: normals(1, 2, 12, 12, 3).data,
      labels: Int32Array.of(1, 2),
      shape: [2, 12, 12, 3] as const,
    };
    const reads = (['read', 'readSync', 'getBufferData'] as const).map((way) => vi.spyOn(device, way));
    const step = () =>
      tidy(() => {
        const result = lossAndGradients(model, crossEntropy, { params, stats }, batch, { seed: 1 });
        optimizer.update(result.gradients, optimizer.init(params), params, 0);
        dispose([result.stats, result.correct]);
      });
    step();
    const compiles = vi.spyOn(device.device, 'createComputePipeline');
    step();
    expect(compiles).not.toHaveBeenCalled();
    for (const read of reads) expect(read).not.toHaveBeenCalled();
    dispose([params, stats]);
    await device.device.queue.onSubmittedWorkDone();
  });

  it('fails at the next reading when the device has failed', async () => {
    opened = await openBackend('webgpu');
    (backend() as WebGPUBackend).device.createShaderModule({ code: 'no WGSL' });
    const values = ones([2, 3]).data();
    await expect(values).rejects.toThrow(BackendError);
    await expect(values).rejects.toThrow(
      'webgpu: the device must compute without error, got "Error while parsing',
    );
  });

  it('refuses an adapter that the machine does not have', async () => {
    await expect(openBackend('webgpu', { adapter: 'no such adapter' })).rejects.toThrow(OptionError);
    await expect(openBackend('webgpu', { adapter: 'no such adapter' })).rejects.toThrow(
      'openBackend: adapter must be "software" or part of the name of an adapter of this machine, got "no such adapter"',
    );
  });
});
