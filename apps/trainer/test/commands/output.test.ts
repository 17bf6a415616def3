import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { endOf, main, narrow, normlab, startShell, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

/** Runs `normlab` with redirections of a shell. */
const inShell = (words: string, redirections: string) =>
  endOf(startShell(`"${process.execPath}" "${main}" ${words} ${redirections}`, folder));

const settings = { dataset: 'built-in', width: 0.03, trainImages: 32, testImages: 10, batch: 16, epochs: 1 };

beforeAll(async () => {
  await normlab(['train', ...narrow, '--steps', '1', '--out', 'run'], folder);
  const experiment = { title: 'Tiny', settings, arms: { norm: ['bn'] }, seeds: 1, reference: { norm: 'bn' } };
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(experiment));
  const pixels = { raw: { width: 32, height: 32, channels: 3 } } as const;
  for (const part of ['train', 'test']) {
    for (let label = 0; label < 10; label++) {
      const place = join(folder, 'images', part, `class-${label}`);
      mkdirSync(place, { recursive: true });
      await sharp(new Uint8Array(3072).fill(label), pixels).png().toFile(join(place, '1.png'));
    }
  }
});

describe.skipIf(process.platform === 'win32')('normlab with no reader of its stdout and stderr', () => {
  it.each([
    ['eval run --predictions predictions.csv', () => existsSync(join(folder, 'predictions.csv'))],
    ['compare tiny.json --jobs 1', () => existsSync(join(folder, 'runs/tiny/report.html'))],
    ['convert images binary', () => existsSync(join(folder, 'binary/test_batch.bin'))],
    ['laws --only 1 --runs 20', () => true],
    ['report .', () => existsSync(join(folder, 'report.html'))],
  ])('%s does its work to the end, without a word', async (words, isDone) => {
    // Both streams go to pipes whose readers have ended before the first word.
    const { status, stderr } = await inShell(words, '> >(exec true) 2> >(exec true)');
    expect({ status, stderr, isDone: isDone() }).toEqual({ status: 0, stderr: '', isDone: true });
  });
});

describe.skipIf(!existsSync('/dev/full'))('normlab whose output goes to a full disk', () => {
  it.each(['params', 'runs .', 'recipes --json'])('%s says it and fails', async (words) => {
    const { status, stderr } = await inShell(words, '> /dev/full');
    expect(stderr).toMatch(
      /^normlab: stdout must take the whole output, got "ENOSPC: no space left on device, write" \(the disk is full: free .+\)\.\n$/,
    );
    expect(status).toBe(1);
  });

  it('train trains to the end, and fails for its output alone', async () => {
    const words = ['train', ...narrow, '--steps', '1', '--out', 'unsaid'].join(' ');
    const { status, stderr } = await inShell(words, '> /dev/full');
    expect(stderr).toContain('stdout must take the whole output');
    expect(status).toBe(1);
    expect(JSON.parse(readFileSync(join(folder, 'unsaid/checkpoint.json'), 'utf8'))).toMatchObject({
      step: 1,
    });
  });

  it('an error that cannot be said is still a failure', async () => {
    expect((await inShell('eval nowhere', '2> /dev/full')).status).toBe(1);
  });
});
