import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { hasScript, onTerminal, skipped } from './onTerminal.js';

const folder = temporaryFolder();

beforeAll(async () => {
  const image = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#102030' } })
    .png()
    .toBuffer();
  for (const part of ['train', 'test']) {
    const place = join(folder, 'images', part, 'class');
    mkdirSync(place, { recursive: true });
    for (let index = 10; index < 50; index++) writeFileSync(join(place, `${index}.png`), image);
  }
  // The last of all: the bar is drawn by then.
  writeFileSync(join(folder, 'images/test/class/99.png'), image.subarray(0, 60));
});

it
  .skipIf(!hasScript)
  .each([
    { args: ['convert', 'images', 'out'] },
    { args: ['train', '--dataset', 'images', '--data', 'images', '--out', 'run'] },
  ])(`$args.0 ends on a terminal where an image is damaged${skipped}`, async ({ args }) => {
  const { status, written } = await onTerminal(args, folder);
  expect(status).toBe(1);
  expect(written).toContain('decoding');
  // The bar is cleared, and nothing is drawn after the message.
  const [, after] = written.split('99.png must be a whole image that can be decoded');
  expect(after).toBeDefined();
  expect(after).not.toContain('decoding');
});
