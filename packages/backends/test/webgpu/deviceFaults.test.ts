import { BackendError } from '@normlab/errors';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { describe, expect, it } from 'vitest';
import { failOnDeviceErrors } from '../../src/webgpu/deviceFaults.js';

/** A backend whose readings end as they are told, on a device that is lost when it is told. */
function watched(read: () => Promise<Float32Array>) {
  let lose: (info: object) => void = () => {};
  const lost = new Promise<object>((resolve) => {
    lose = resolve;
  });
  const backend = { device: { lost }, read, runWebGPUProgram() {} } as unknown as WebGPUBackend;
  failOnDeviceErrors(backend);
  return { backend, lose };
}

describe('a reading that fails', () => {
  it('names the loss of the device that comes after it', async () => {
    const { backend, lose } = watched(() => Promise.reject(new DOMException('unmapped', 'AbortError')));
    const outcome = backend.read({}).catch((error: unknown) => error);
    // A browser's GPU process tells of the loss some turns later.
    for (let turn = 0; turn < 5; turn++) await new Promise((next) => setTimeout(next, 2));
    lose({ reason: 'unknown', message: 'gone' });
    const error = await outcome;
    expect(error).toBeInstanceOf(BackendError);
    expect((error as Error).message).toContain(
      'webgpu: the device must stay until the backend is closed, got "lost (unknown): gone"',
    );
  });

  it('gives its own cause at once where the device has no part in it', async () => {
    const { backend } = watched(() => Promise.reject(new TypeError('no such tensor')));
    await expect(backend.read({})).rejects.toThrow('no such tensor');
  });
});
