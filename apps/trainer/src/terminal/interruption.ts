import { exitStatus } from './failure.js';

/** A way to end a command early but in order. */
export type Interruption = {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Exit status that says which signal it was. */
  status(): number;
  /** Leaves the signals to Node again. */
  release(): void;
};

/** The first SIGINT or SIGTERM asks to stop, the second ends the process at once. */
export function onInterruption(tell: () => void): Interruption {
  const controller = new AbortController();
  let status: number = exitStatus.interrupted;
  const handle = (name: NodeJS.Signals) => {
    status = name === 'SIGTERM' ? exitStatus.terminated : exitStatus.interrupted;
    if (controller.signal.aborted) process.exit(status);
    controller.abort();
    tell();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    signal: controller.signal,
    status: () => status,
    release: () => process.off('SIGINT', handle).off('SIGTERM', handle),
  };
}
