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

/** 2 for an option that is not one or has a value out of its range, 1 for all else that goes wrong. */
export function exitStatusOf(error: unknown): number {
  return error instanceof OptionError ? exitStatus.badUsage : exitStatus.failed;
}

/** What a user reads of an error: one line, and the stack only where it was asked for. */
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
