import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimNew, claimRun } from '../../src/runFolder/runFolder.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const settings = resolveSettings({});

describe('claimNew', () => {
  it('creates the folder with its lock, and removes both if no run begins', async () => {
    const place = temporaryFolder();
    const out = join(place, 'a', 'b');
    const claimed = await claimNew(out, settings);
    expect(readdirSync(out)).toEqual(['.lock']);
    await claimed.release();
    expect(readdirSync(place)).toEqual([]);
  });

  it('keeps the folder of a run, and folders that existed before', async () => {
    const place = temporaryFolder();
    const claimed = await claimNew(join(place, 'run'), settings);
    writeFileSync(join(place, 'run', 'config.json'), '{}');
    await claimed.release();
    expect(readdirSync(join(place, 'run'))).toEqual(['config.json']);
    const empty = join(place, 'empty');
    mkdirSync(empty);
    await (await claimNew(empty, settings)).release();
    expect(existsSync(empty)).toBe(true);
  });

  it('is refused for a folder that another process has claimed, naming the process', async () => {
    const out = join(temporaryFolder(), 'run');
    const claimed = await claimNew(out, settings);
    await expect(claimNew(out, settings)).rejects.toThrow(`got "process ${process.pid} on`);
    await expect(claimRun(out)).rejects.toThrow('must be written by one process at a time');
    await claimed.release();
  });

  it('accepts a folder in which a run was killed before it began', async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, 'config.json.partial'), '{ "for');
    writeFileSync(join(out, '.lock.01234567-89ab-cdef-0123-456789abcdef'), '');
    await (await claimNew(out, settings)).release();
  });

  it.each(['config.json', 'letter.txt'])('leaves no lock in a folder that holds %s', async (name) => {
    const out = temporaryFolder();
    writeFileSync(join(out, name), '{}');
    await expect(claimNew(out, settings)).rejects.toThrow('--out must');
    expect(readdirSync(out)).toEqual([name]);
  });
});
