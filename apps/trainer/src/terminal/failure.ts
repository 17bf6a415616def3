import { NormlabError, OptionError, printable } from '@normlab/errors';

/** Exit statuses of every command. */
export const exitStatus = {
  done: 0,
  failed: 1,
  badUsage: 2,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** 2 for an unknown option or a value out of range, 1 for all other errors. */
export function exitStatusOf(error: unknown): number {
  return error instanceof OptionError ? exitStatus.badUsage : exitStatus.failed;
}

/** The message that a user sees for an error: one line, and the stack only with --debug. */
export function failureText(error: unknown, { debug }: { debug: boolean }): string {
  if (debug && error instanceof Error) return withCauses(error);
  if (error instanceof NormlabError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `normlab: ${printable(message.split('\n')[0]!).slice(0, 1000)} (unexpected; --debug shows where).`;
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own;
}
