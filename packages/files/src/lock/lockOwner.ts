import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** Who holds a lock: enough to name the process, and to see later whether it still runs. */
export type LockOwner = {
  /** Unlike that of any other taking of a lock. */
  readonly id: string;
  readonly process: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly time: string;
  /**
   * Where the system tells (Linux): its boot, the table that process numbers are of (containers have their own), and
   * when the process began, in ticks since the boot. A number is given to another process some day; a number with
   * its beginning is not.
   */
  readonly boot?: string;
  readonly processTable?: string;
  readonly began?: string;
};

/** This process as the owner of a lock that is taken now. */
export function thisProcess(): LockOwner {
  const { pid } = process;
  return {
    id: randomUUID(),
    process: pid,
    host: hostname(),
    time: new Date().toISOString(),
    ...defined({ boot: bootOfSystem(), processTable: processTable(), began: beginningOf(pid) }),
  };
}

/**
 * Whether an owner may still run. False only where that is certain: its process is gone from this machine, or the
 * machine was started anew since. What runs on another machine, or in another container, cannot be seen from here.
 */
export function mayRun(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  const started = Date.now() - 1000 * uptime();
  const otherBoot = owner.boot !== undefined && owner.boot !== bootOfSystem();
  // A machine of the same name that is not this one has another boot too, but not one that is over.
  if (otherBoot) return Date.parse(owner.time) > started;
  if (owner.processTable !== processTable()) return true;
  if (!exists(owner.process)) return false;
  const began = beginningOf(owner.process);
  return owner.began === undefined || began === undefined || owner.began === began;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function bootOfSystem(): string | undefined {
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function processTable(): string | undefined {
  return attempt(() => readlinkSync('/proc/self/ns/pid'));
}

/** Field 22 of /proc/PID/stat, counted behind the command, which may hold spaces and brackets: proc(5). */
function beginningOf(pid: number): string | undefined {
  return attempt(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[22 - 3];
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
