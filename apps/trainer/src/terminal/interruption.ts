import { exitStatus } from './failure.js';

/** A way to end a command early but in order. */
export type Interruption = {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed). */
  readonly signal: AbortSignal;
  /** Exit status that says which signal it was. */
  status(): number;
  /** Leaves the signals to Node again. */
  release(): void;
};

const statuses = {
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
  SIGHUP: exitStatus.hungUp,
} as const;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first of the signals asks to stop, the second ends the process at once. */
export function onInterruption(tell: () => void): Interruption {
  const controller = new AbortController();
  let status: number = exitStatus.interrupted;
  const handlers = names.map((name) => ({
    name,
    handle: () => {
      status = statuses[name];
      if (controller.signal.aborted) process.exit(status);
      controller.abort();
      tell();
    },
  }));
  for (const { name, handle } of handlers) process.on(name, handle);
  return {
    signal: controller.signal,
    status: () => status,
    release: () => {
      for (const { name, handle } of handlers) process.off(name, handle);
    },
  };
}
