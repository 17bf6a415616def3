import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** The owner of a lock: enough to name the process and to check later whether it is still running. */
export type LockOwner = {
  /** Unique to each time a lock is taken. */
  readonly id: string;
  readonly process: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly time: string;
  /**
   * On Linux, which reports them: the boot id, the process-number namespace (each container has its own), and the start
   * time of the process in ticks since boot. A process number is reused some day; a number together with its start time
   * is not.
   */
  readonly boot?: string;
  readonly processTable?: string;
  readonly began?: string;
  /**
   * A hash of Linux's machine id, which tells machines of one host name apart; null if the system has none, as many
   * containers. Owners written by older versions lack it.
   */
  readonly machine?: string | null;
  /** The task of a cluster's queue in which the process runs, and how often the queue has begun it again. */
  readonly job?: { readonly id: string; readonly restarts: number };
};

/** This process, as the owner of a lock taken now. */
export function thisProcess(): LockOwner {
  const job = jobOf(process.env);
  const { pid } = process;
  return {
    id: randomUUID(),
    process: pid,
    host: hostname(),
    time: new Date().toISOString(),
    ...defined({ boot: bootOfSystem(), processTable: processTable(), began: beginningOf(pid) }),
    machine: machineOfSystem(),
    ...(job !== undefined && { job }),
  };
}

/**
 * Whether an owner may still be running. False only if it certainly is not: its process no longer exists on this
 * machine, or the machine has rebooted since; or this process is a later beginning of the task in which the owner ran,
 * which Slurm never begins again before it has ended it. Other processes on another machine, or in another container,
 * cannot be seen from here.
 *
 * Two machines are taken for one if they have the same host name and, on Linux, also the same machine id or both none:
 * then the boot of this one seems to be a reboot of the other. Outside Linux, the host name alone decides.
 */
export function mayRun(owner: LockOwner): boolean {
  const job = jobOf(process.env);
  if (job !== undefined && owner.job?.id === job.id && owner.job.restarts < job.restarts) return false;
  if (owner.host !== hostname()) return true;
  const started = Date.now() - 1000 * uptime();
  const otherBoot = owner.boot !== undefined && owner.boot !== bootOfSystem();
  // An earlier boot of this machine if the lock is older than this boot; else another machine with the same name.
  if (otherBoot) return isElsewhere(owner) || Date.parse(owner.time) > started;
  if (owner.processTable !== processTable()) return true;
  if (!exists(owner.process)) return false;
  const began = beginningOf(owner.process);
  return owner.began === undefined || began === undefined || owner.began === began;
}

function isElsewhere({ machine }: LockOwner): boolean {
  return machine !== undefined && machine !== machineOfSystem();
}

/** Slurm's variables: those of an array's task, or of a job. */
function jobOf(env: NodeJS.ProcessEnv): LockOwner['job'] {
  const id =
    env.SLURM_ARRAY_JOB_ID === undefined
      ? env.SLURM_JOB_ID
      : `${env.SLURM_ARRAY_JOB_ID}_${env.SLURM_ARRAY_TASK_ID}`;
  if (id === undefined) return undefined;
  const cluster = env.SLURM_CLUSTER_NAME ?? '';
  return { id: `slurm ${cluster} ${id}`, restarts: Number(env.SLURM_RESTART_COUNT ?? 0) };
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function bootOfSystem(): string | undefined {
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/**
 * Hashed with a key of this package, as machine-id(5) asks: the id itself is confidential, and lock files may be seen by
 * others. A file that is empty or says `uninitialized` holds no id.
 */
function machineOfSystem(): string | null {
  const id = attempt(() => readFileSync('/etc/machine-id', 'utf8').trim()) ?? '';
  if (!/^[0-9a-f]{32}$/.test(id)) return null;
  return createHmac('sha256', id).update('@normlab/files').digest('hex');
}

function processTable(): string | undefined {
  return attempt(() => readlinkSync('/proc/self/ns/pid'));
}

/** Field 22 of /proc/PID/stat, counted after the command name, which may contain spaces and parentheses: proc(5). */
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
