import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { DataError, refuseOthers } from '@normlab/errors';
import { onFile } from '../fileErrors.js';
import { codeOf, isMissing } from '../fileKind.js';
import { withCleanUp } from '../withCleanUp.js';
import { type LockOwner, mayRun, thisProcess } from './lockOwner.js';

export type TakeLockOptions = {
  /** The function or command that reports the error. */
  readonly where: string;
  /** What the lock protects, as the message names it: `runs/1`. */
  readonly what: string;
  /** The new owner: this process by default. Its id is new: the holder of the same id is taken for the new owner. */
  readonly owner?: LockOwner;
};

/** A lock that is held. */
export type FileLock = {
  /** Releases the lock: removes its file, if the file still belongs to this owner. */
  release(): Promise<void>;
};

/**
 * Takes the lock that a file represents, or throws; never waits.
 *
 * The file holds process, host and time. It is created complete by a hard link, which fails if the name exists (on file
 * systems without hard links, by exclusive creation, which fails too). The lock of a process that is known to have
 * ended is replaced by one rename, under a second lock, so that two processes never both replace it. A lock from
 * another machine or container is not replaced: the message says which file to delete. Machines are told apart by their
 * host names, and on Linux also by /etc/machine-id: a lock that a machine with the same name and the same id, or both
 * without one, took before this machine was booted is taken for this machine's own.
 *
 * @throws DataError naming the process that holds the lock; the file system's error if the file cannot be created
 *
 * @example
 * ```ts
 * const lock = await takeLock('runs/1/.lock', { where: 'normlab train', what: 'runs/1' });
 * try {
 *   // write into runs/1
 * } finally {
 *   await lock.release();
 * }
 * ```
 */
export async function takeLock(
  file: string,
  { where, what, owner, ...others }: TakeLockOptions,
): Promise<FileLock> {
  refuseOthers('takeLock', others, ['where', 'what', 'owner']);
  const taken = await tryLock(file, owner);
  if ('holder' in taken) throw heldBy(taken.holder, { where, what, file });
  return taken;
}

/** Like {@link takeLock}, but returns the holder if another process holds the lock. */
export async function tryLock(
  file: string,
  owner: LockOwner = thisProcess(),
): Promise<FileLock | { readonly holder: LockOwner }> {
  const holder = await claim(file, owner);
  if (holder !== undefined) return { holder };
  return {
    release: async () => {
      const found = await readOwner(file).catch(() => undefined);
      if (found?.id === owner.id) await rm(file, { force: true });
    },
  };
}

/** The owner of a lock, if it may still be running; undefined if nobody holds the lock. Does not change the lock. */
export async function lockHolder(file: string): Promise<LockOwner | undefined> {
  const owner = await readOwner(file);
  return owner !== undefined && mayRun(owner) ? owner : undefined;
}

/**
 * Takes the lock, or returns its holder.
 *
 * NFS may carry out a call whose answer is lost, and answer the same call sent again as if another process had been
 * first: EEXIST to a link, ENOENT to a rename. So the file decides whose the lock is.
 */
async function claim(file: string, owner: LockOwner): Promise<LockOwner | undefined> {
  for (;;) {
    if (await makeIfAbsent(file, owner)) return undefined;
    const holder = await readOwner(file);
    if (holder === undefined) continue;
    if (holder.id === owner.id) return undefined;
    if (mayRun(holder)) return holder;
    // Only the holder of this second lock may replace the first, and only if the first is unchanged since it was judged
    // stale.
    const right = `${file}.next`;
    if ((await claim(right, owner)) !== undefined) {
      await setTimeout(patience);
      continue;
    }
    if ((await readOwner(file))?.id === holder.id) {
      try {
        await rename(right, file);
        return undefined;
      } catch (error) {
        if (!isMissing(error)) throw error;
        continue;
      }
    }
    await rm(right, { force: true });
  }
}

/** Creates the lock file with its content, unless it exists. @returns whether it was created */
async function makeIfAbsent(file: string, owner: LockOwner): Promise<boolean> {
  const text = `${JSON.stringify(owner)}\n`;
  const own = `${file}.${owner.id}`;
  const make = async () => {
    try {
      await onFile(own, () => writeFile(own, text, { flush: true }));
      await link(own, file);
      return true;
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code === 'EEXIST') return false;
      if (!withoutLinks.has(code)) throw error;
      return await createIfAbsent(file, text);
    }
  };
  // Whether the lock is taken is decided by now: a file that cannot be removed does no harm.
  return withCleanUp(make, () => rm(own, { force: true }).catch(() => {}));
}

async function createIfAbsent(file: string, text: string): Promise<boolean> {
  try {
    await onFile(file, () => writeFile(file, text, { flag: 'wx' }));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The owner that a lock file names; undefined if the file no longer exists. */
async function readOwner(file: string): Promise<LockOwner | undefined> {
  for (let attempt = 0; ; attempt++) {
    let text: string;
    try {
      text = await onFile(file, () => readFile(file, 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const owner = parseOwner(text);
    if (owner !== undefined) return owner;
    // Without hard links, a lock file is empty for a moment between its creation and its first byte.
    if (attempt === mostAttempts) throw unreadable(file, text);
    await setTimeout(patience);
  }
}

const patience = 20;
const mostAttempts = 25;

/** Error codes of link(2) on file systems without hard links: FAT, some network and phone storage. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner: LockOwner = JSON.parse(text);
    const { id, process, host, time } = owner;
    const isOwner =
      typeof id === 'string' &&
      Number.isInteger(process) &&
      typeof host === 'string' &&
      !Number.isNaN(Date.parse(time));
    return isOwner ? owner : undefined;
  } catch {
    return undefined;
  }
}

function heldBy(
  holder: LockOwner,
  { where, what, file }: { where: string; what: string; file: string },
): DataError {
  const { process, host, time } = holder;
  return new DataError({
    where,
    what,
    rule: 'be written by one process at a time',
    got: `process ${process} on ${host}, since ${time}`,
    hint:
      host === hostname()
        ? `wait until it ends, or end it; if it is not running any more, delete ${file}`
        : `wait until it ends; if it is not running on that machine any more, delete ${file}`,
    file,
  });
}

function unreadable(file: string, text: string): DataError {
  return new DataError({
    where: 'takeLock',
    what: file,
    rule: 'say which process holds the lock',
    got: text.slice(0, 100),
    hint: 'if no process of normlab uses its folder, delete it',
    file,
  });
}
