import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LockOwner, takeLock, thisProcess } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const ids = { one: '0123456789abcdef'.repeat(2), two: 'f'.repeat(32) };

/** The content of /etc/machine-id here; undefined for no such file. */
const machineId = vi.hoisted((): { text: string | undefined } => ({ text: undefined }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    readFileSync: (...args: Parameters<typeof fs.readFileSync>) => {
      if (args[0] !== '/etc/machine-id') return fs.readFileSync(...args);
      if (machineId.text === undefined) throw new Error('ENOENT: no such file or directory');
      return machineId.text;
    },
  };
});

/** What NFS can answer where it has carried out a call and its first answer was lost: calls are sent again. */
const secondAnswer = vi.hoisted((): { link?: string; rename?: string } => ({}));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const answered = (name: 'link' | 'rename') => async (from: string, to: string) => {
    await fs[name](from, to);
    const code = secondAnswer[name];
    delete secondAnswer[name];
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${name}`), { code });
  };
  return { ...fs, link: answered('link'), rename: answered('rename') };
});

const options = { where: 'here', what: 'the folder' };

async function lockPlace(): Promise<{ folder: string; file: string }> {
  const folder = await temporaryFolder();
  return { folder, file: join(folder, '.lock') };
}

/** The process number of a process that has ended. */
let ended = 0;
beforeAll(async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  ended = child.pid!;
});

/** The owner of a stale lock; the given fields replace its own. */
function dead(parts: Partial<LockOwner> = {}): LockOwner {
  return { ...thisProcess(), process: ended, ...parts };
}

describe('takeLock', () => {
  it('is one file with process, host and time, which is gone after the release', async () => {
    const { folder, file } = await lockPlace();
    const lock = await takeLock(file, options);
    expect(await readdir(folder)).toEqual(['.lock']);
    const { process: pid, host, time } = thisProcess();
    const held: LockOwner = JSON.parse(await readFile(file, 'utf8'));
    expect(held).toMatchObject({ process: pid, host });
    expect(Math.abs(Date.parse(held.time) - Date.parse(time))).toBeLessThan(60_000);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused while another holds it, naming the process, and granted afterwards', async () => {
    const { file } = await lockPlace();
    const lock = await takeLock(file, options);
    await expect(takeLock(file, options)).rejects.toThrow(
      new RegExp(
        `^here: the folder must be written by one process at a time, got "process ${process.pid} on .*, since .*" \\(wait`,
      ),
    );
    await lock.release();
    await (await takeLock(file, options)).release();
  });

  const replaces = async (stale: LockOwner) => {
    const { folder, file } = await lockPlace();
    await takeLock(file, { ...options, owner: stale });
    const lock = await takeLock(file, options);
    expect(await readdir(folder)).toEqual(['.lock']);
    await expect(takeLock(file, options)).rejects.toThrow('one process at a time');
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  };

  it('replaces a lock whose process has ended', () => replaces(dead()));

  describe('from before the last boot, on a machine of the same host name', () => {
    const ownerOn = (text: string | undefined): LockOwner => {
      machineId.text = text;
      return { ...thisProcess(), boot: 'another', time: '2001-01-01T00:00:00.000Z' };
    };

    it.each([
      ['the same machine id', ids.one, `${ids.one}\n`],
      ['no machine id, as this one', undefined, undefined],
      ['an empty machine id, as in a container', '', undefined],
      ['a machine id that is not set yet', 'uninitialized\n', ''],
    ])('replaces a lock of a machine with %s', async (_, theirs, ours) => {
      const stale = ownerOn(theirs);
      machineId.text = ours;
      await replaces(stale);
    });

    it('replaces a lock that does not say on which machine it was taken', async () => {
      const { machine, ...older } = ownerOn(ids.one);
      await replaces(older);
    });

    it.each([
      ['another machine id', ids.two, ids.one],
      ['a machine id, if this one has none', ids.two, undefined],
      ['no machine id, if this one has one', '', ids.one],
    ])('keeps a lock of a machine with %s', async (_, theirs, ours) => {
      const { file } = await lockPlace();
      await takeLock(file, { ...options, owner: ownerOn(theirs) });
      machineId.text = ours;
      await expect(takeLock(file, options)).rejects.toThrow(`delete ${file}`);
    });

    it('does not write the machine id itself, which is confidential', () => {
      machineId.text = ids.one;
      expect(JSON.stringify(thisProcess())).not.toContain(ids.one);
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'replaces a lock whose process number now belongs to another process',
    () => replaces({ ...thisProcess(), began: '1' }),
  );

  it.each([
    ['on another machine', { host: 'elsewhere' }],
    ['in another container', { processTable: 'pid:[1]' }],
    ['on a machine of the same name', { boot: 'another' }],
  ])('keeps a lock %s, even if no process here has its number', async (_, other) => {
    const { file } = await lockPlace();
    await takeLock(file, {
      ...options,
      owner: dead(other),
    });
    await expect(takeLock(file, options)).rejects.toThrow(`delete ${file}`);
  });

  it.each([0, 1])(
    'is taken by exactly one of many simultaneous callers (%i stale locks before)',
    async (before) => {
      for (let round = 0; round < 10; round++) {
        const { folder, file } = await lockPlace();
        if (before === 1) await takeLock(file, { ...options, owner: dead() });
        const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file, options)));
        expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await readdir(folder)).toEqual(['.lock']);
      }
    },
  );

  it('replaces a stale lock after another process was killed while replacing it', async () => {
    const { folder, file } = await lockPlace();
    await takeLock(file, { ...options, owner: dead() });
    await takeLock(`${file}.next`, { ...options, owner: dead() });
    await takeLock(file, options);
    expect(await readdir(folder)).toEqual(['.lock']);
  });

  it('replaces a lock of the task that Slurm has begun again since, on whatever machine; no other', async () => {
    const taskOf = (task: string, restarts: string) => {
      vi.stubEnv('SLURM_ARRAY_JOB_ID', '7');
      vi.stubEnv('SLURM_ARRAY_TASK_ID', task);
      vi.stubEnv('SLURM_RESTART_COUNT', restarts);
    };
    taskOf('3', '1');
    const owner: LockOwner = { ...thisProcess(), host: 'another-node' };
    for (const [task, restarts, isReplaced] of [
      ['3', '2', true],
      ['3', '1', false],
      ['3', '0', false],
      ['4', '2', false],
    ] as const) {
      const { file } = await lockPlace();
      await writeFile(file, JSON.stringify(owner));
      taskOf(task, restarts);
      const taking = takeLock(file, options);
      if (isReplaced) await (await taking).release();
      else await expect(taking).rejects.toThrow(`process ${process.pid} on another-node`);
    }
    vi.unstubAllEnvs();
  });

  it.each([
    { call: 'link', code: 'EEXIST', before: 'nothing' },
    { call: 'link', code: 'EEXIST', before: 'a stale lock' },
    { call: 'rename', code: 'ENOENT', before: 'a stale lock' },
  ] as const)(
    'is taken where NFS answers $code to a $call that succeeded, over $before',
    async ({ call, code, before }) => {
      const { folder, file } = await lockPlace();
      if (before === 'a stale lock') await takeLock(file, { ...options, owner: dead() });
      secondAnswer[call] = code;
      const lock = await takeLock(file, options);
      expect(secondAnswer).toEqual({});
      expect(await readdir(folder)).toEqual(['.lock']);
      await expect(takeLock(file, options)).rejects.toThrow('one process at a time');
      await lock.release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('does not remove a lock that another process holds by now', async () => {
    const { file } = await lockPlace();
    const lock = await takeLock(file, {
      ...options,
      owner: dead(),
    });
    await takeLock(file, options);
    await lock.release();
    await expect(takeLock(file, options)).rejects.toThrow('one process at a time');
  });

  it('refuses a file that is not a lock, and says what to do', async () => {
    const { file } = await lockPlace();
    await writeFile(file, 'dear diary');
    await expect(takeLock(file, options)).rejects.toThrow(
      /say which process holds the lock, got "dear diary" \(if no/,
    );
  });
});
