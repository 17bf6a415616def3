import { exitStatus } from './failure.js';

/** A way to end a command early but cleanly. */
export type Interruption = {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed). */
  readonly signal: AbortSignal;
  /** The exit status for the signal received. */
  status(): number;
  /** Restores Node's handling of the signals. */
  release(): void;
};

const statuses = {
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
  SIGHUP: exitStatus.hungUp,
} as const;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal asks the command to stop, the second ends the process at once. */
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
