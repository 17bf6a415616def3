import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '@normlab/datasets';
import { cifar10, imageFolder } from '@normlab/datasets/node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab convert', () => {
  it('images read by cifar10(out) = images read by imageFolder(images)', async () => {
    const { train } = builtIn(1, { train: 20, test: 1 });
    for (const [index, label] of train.labels.entries()) {
      const place = join(folder, 'images', index < 10 ? 'train' : 'test', `class-${label}`);
      mkdirSync(place, { recursive: true });
      const pixels = train.images.subarray(index * 3072, (index + 1) * 3072);
      const image = sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } });
      await image.jpeg().toFile(join(place, 'a.jpg'));
    }
    const { status } = await normlab(['convert', 'images', 'binary'], folder);
    expect(status).toBe(0);
    const [converted, decoded] = [
      await cifar10(join(folder, 'binary')),
      await imageFolder(join(folder, 'images')),
    ];
    expect(Buffer.compare(converted.train.images, decoded.train.images)).toBe(0);
    expect(Buffer.compare(converted.test.images, decoded.test.images)).toBe(0);
  });

  it('does not change a folder that is not empty', async () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'letter.txt'), 'dear');
    const { status, stderr } = await normlab(['convert', 'images', 'taken'], folder);
    expect(stderr).toContain('not exist yet, or be an empty folder');
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'taken', 'test_batch.bin'))).toBe(false);
  });
});
