import { TrainError } from '@normlab/errors';
import { backend, getBackend } from '@tensorflow/tfjs-core';

/** What is used of a `GPUDevice`, on which tfjs's WebGPU backend runs. */
type WatchedDevice = EventTarget & { onuncapturederror?: ((event: DeviceErrorEvent) => unknown) | null };

type DeviceErrorEvent = Event & { readonly error: { readonly message: string } };

/** The first error of each device that a step has run on. */
const firstErrors = new WeakMap<WatchedDevice, { message?: string }>();

/**
 * Watches the device of the active backend, where it has one, for errors that nobody looks at.
 *
 * tfjs's own WebGPU backend does not: a command that the device drops leaves its results 0, and the others are as they
 * should be. An error is one for good, as every tensor since may hold zeros. A handler that the device has is left
 * in place and called.
 *
 * @returns the error for a step, once the device has had one; where later steps have begun, up to `last`, it names them
 *   too, since it may be one of theirs
 */
export function watchDevice(): (step: number, last?: number) => TrainError | undefined {
  const active: object = backend();
  const device = 'device' in active ? (active.device as WatchedDevice | undefined) : undefined;
  if (device == null || !('onuncapturederror' in device)) return () => undefined;
  const first = firstErrors.get(device) ?? {};
  if (!firstErrors.has(device)) {
    firstErrors.set(device, first);
    const before = device.onuncapturederror;
    device.onuncapturederror = (event) => {
      first.message ??= event.error.message;
      return before?.call(device, event);
    };
  }
  const name = getBackend();
  return (step, last = step) => {
    if (first.message === undefined) return undefined;
    const steps = last > step ? `steps ${step} to ${last}` : `step ${step}`;
    return new TrainError({
      where: 'trainStep',
      what: `the device of the backend "${name}" in ${steps}`,
      rule: 'compute without error',
      got: first.message,
      hint: 'what was computed since is lost: begin again from a checkpoint, with a new backend',
    });
  };
}
