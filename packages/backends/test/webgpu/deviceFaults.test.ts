import { BackendError } from '@normlab/errors';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { describe, expect, it } from 'vitest';
import { failOnDeviceErrors } from '../../src/webgpu/deviceFaults.js';

/** A backend with the given `read`, on a device that `lose` makes lost. */
function watched(read: () => Promise<Float32Array>) {
  let lose: (info: object) => void = () => {};
  const lost = new Promise<object>((resolve) => {
    lose = resolve;
  });
  const backend = { device: { lost }, read, runWebGPUProgram() {} } as unknown as WebGPUBackend;
  failOnDeviceErrors(backend);
  return { backend, lose };
}

describe('a read that fails', () => {
  it('names the loss of the device that comes after it', async () => {
    const { backend, lose } = watched(() => Promise.reject(new DOMException('unmapped', 'AbortError')));
    const outcome = backend.read({}).catch((error: unknown) => error);
    // A browser's GPU process reports the loss some turns of the event loop later.
    for (let turn = 0; turn < 5; turn++) await new Promise((next) => setTimeout(next, 2));
    lose({ reason: 'unknown', message: 'gone' });
    const error = await outcome;
    expect(error).toBeInstanceOf(BackendError);
    expect((error as Error).message).toContain(
      'webgpu: the device must exist until the backend is closed, got "lost (unknown): gone"',
    );
  });

  it('rejects at once with its own error where the device is not the cause', async () => {
    const { backend } = watched(() => Promise.reject(new TypeError('no such tensor')));
    await expect(backend.read({})).rejects.toThrow('no such tensor');
  });
});
