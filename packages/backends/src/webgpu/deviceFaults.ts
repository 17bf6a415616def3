import { BackendError } from '@normlab/errors';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/**
 * Makes a backend unusable once its device has failed: every read rejects, pending ones included, and every later
 * program throws.
 *
 * tfjs ignores the device's errors: after one, it goes on with zeros. A lost device rejects reads with an exception
 * without a message, or never settles them.
 */
export function failOnDeviceErrors(backend: WebGPUBackend): void {
  const { device } = backend;
  const waiting = new Set<(fault: BackendError) => void>();
  let fault: BackendError | undefined;
  const fail = (error: BackendError) => {
    fault ??= error;
    for (const reject of waiting) reject(fault);
  };
  device.onuncapturederror = ({ error }) => fail(deviceError(error));
  const lost = device.lost.then((info) => fail(lostDevice(info)));

  const read = backend.read.bind(backend);
  backend.read = (dataId) =>
    new Promise((resolve, reject) => {
      if (fault !== undefined) {
        reject(fault);
        return;
      }
      const settle = (end: () => void) => {
        waiting.delete(reject);
        end();
      };
      // Not Promise.race, which would leave a reaction on `lost` with each read.
      waiting.add(reject);
      read(dataId).then(
        (values) => settle(() => (fault === undefined ? resolve(values) : reject(fault))),
        async (cause: unknown) => {
          if (isAbandoned(cause)) await settledWithin(lost, lossMilliseconds);
          settle(() => reject(fault ?? cause));
        },
      );
    });

  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (...program) => {
    if (fault !== undefined) throw fault;
    return run(...program);
  };
}

/**
 * How long an abandoned read waits for the event of the device's loss, which is the better error.
 *
 * A device that is being lost rejects its reads first. A browser's GPU process reports the loss only after the work
 * that it has begun.
 */
const lossMilliseconds = 10_000;

/** Whether an exception is one with which a GPU buffer abandons a read. */
function isAbandoned(cause: unknown): boolean {
  return ['AbortError', 'OperationError'].includes((cause as Error | undefined)?.name ?? '');
}

/** Waits for a promise, but no longer than `milliseconds`. */
async function settledWithin(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, end]);
  clearTimeout(timer);
}

const again = 'what was computed since is lost: close the backend and open it again';

function deviceError(error: GPUError): BackendError {
  const isMemory = error instanceof GPUOutOfMemoryError;
  return new BackendError({
    where: 'webgpu',
    what: 'the device',
    rule: 'compute without error',
    got: error.message,
    hint: isMemory ? `make the batch smaller, or the network narrower; ${again}` : again,
  });
}

function lostDevice({ reason, message }: GPUDeviceLostInfo): BackendError {
  return new BackendError({
    where: 'webgpu',
    what: 'the device',
    rule: 'exist until the backend is closed',
    got: `lost (${reason ?? 'unknown'}): ${message}`,
    hint: again,
  });
}
