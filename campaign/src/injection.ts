import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What happens to a system call: see inject/failCalls.c. */
export const faultNames = ['ENOSPC', 'EIO', 'EACCES', 'full', 'short', 'kill'] as const;
export type Fault = (typeof faultNames)[number];

/** A system call on a file below the watched folder. */
export type Call = { readonly name: string; readonly path: string };

/** What the library is to do: see inject/failCalls.c. */
export type Injection = {
  /** Only calls on files below it count. */
  readonly folder: string;
  /** A file to which each call is written. */
  readonly log: string;
  /** The number of the call that fails, from 1, and how; none fails without it. */
  readonly failing?: { readonly number: number; readonly fault: Fault };
};

/** The path by which a program tells the library what to do; without an injection, to do nothing from now on. */
export function orderOf(injection: Injection | undefined): string {
  const { folder = '', log = '', failing = { number: 0, fault: '' } } = injection ?? {};
  return ['INJECT', folder, failing.number, failing.fault, log].join('\n');
}

/** The calls that the library wrote into its log, by number. */
export async function readCalls(log: string): Promise<Call[]> {
  if (!existsSync(log)) return [];
  const calls: Call[] = [];
  for (const line of (await readFile(log, 'utf8')).trimEnd().split('\n')) {
    const [, number, name, path] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
    if (number !== undefined) calls[Number(number) - 1] = { name: name!, path: path! };
  }
  return calls;
}
