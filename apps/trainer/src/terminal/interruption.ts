import { exitStatus } from './failure.js';

/** A way to end a command early but cleanly. */
export type Interruption = {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed). */
  readonly signal: AbortSignal;
  /** The exit status for the first signal. */
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

/** For so many milliseconds after the first signal, a Ctrl-C is taken for the same one, sent again. */
const oneSignal = 1000;

/**
 * The first signal asks the command to stop; a Ctrl-C after it ends the process at once.
 *
 * Programs around this one may send a signal more than once: `npx` sends its child the Ctrl-C that the terminal has
 * already sent, and systemd and Slurm send SIGTERM to a process and to its parent, which passes it on. So a Ctrl-C within
 * a second of the first signal, and any further SIGTERM or SIGHUP, changes nothing: whoever cannot wait sends SIGKILL.
 *
 * @param now milliseconds from any moment
 */
export function onInterruption(tell: () => void, now: () => number = () => performance.now()): Interruption {
  const controller = new AbortController();
  let first: { readonly status: number; readonly time: number } | undefined;
  const handlers = names.map((name) => ({
    name,
    handle: () => {
      if (first === undefined) {
        first = { status: statuses[name], time: now() };
        controller.abort();
        tell();
      } else if (name === 'SIGINT' && now() - first.time > oneSignal) process.exit(statuses.SIGINT);
    },
  }));
  for (const { name, handle } of handlers) process.on(name, handle);
  return {
    signal: controller.signal,
    status: () => first?.status ?? exitStatus.interrupted,
    release: () => {
      for (const { name, handle } of handlers) process.off(name, handle);
    },
  };
}
