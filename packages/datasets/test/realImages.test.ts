import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { channelStatistics } from '@normlab/datasets';
import { cifar10, imageFolder, writeCifar10 } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

const archive = fileURLToPath(new URL('../../../../shared/data/cifar10-images.tar.xz', import.meta.url));
const readable = existsSync(archive) && spawnSync('xz', ['--version']).status === 0;

/** Unpacks only the beginning of the archive: it holds more images than a test needs. */
async function someImages(folder: string): Promise<string[]> {
  const beginning = spawn('sh', ['-c', 'xz -dc "$0" | head -c 1000000 | tar -x -C "$1"', archive, folder], {
    stdio: 'ignore',
  });
  await new Promise((resolve) => beginning.on('close', resolve));
  const airplanes = join(folder, 'train', 'airplane');
  // The last file is cut off at the end of the beginning.
  return (await readdir(airplanes))
    .sort()
    .slice(0, 110)
    .map((file) => join(airplanes, file));
}

describe.skipIf(!readable)('real CIFAR-10 images (shared/data beside the checkout)', () => {
  it('cifar10(writeCifar10(imageFolder(d))) = imageFolder(d), byte for byte', async () => {
    const files = await someImages(await temporaryFolder());
    expect(files).toHaveLength(110);
    const dir = await temporaryFolder();
    for (const [index, file] of files.entries()) {
      const folder = join(dir, index < 100 ? 'train' : 'test', `class-${index % 10}`);
      await mkdir(folder, { recursive: true });
      await rename(file, join(folder, `${index}.jpg`));
    }
    const dataset = await imageFolder(dir);
    const converted = join(await temporaryFolder(), 'converted');
    await writeCifar10(converted, dataset);
    const read = await cifar10(converted);
    for (const part of ['train', 'test'] as const) {
      expect(Buffer.compare(read[part].images, dataset[part].images)).toBe(0);
      expect(read[part].labels).toEqual(dataset[part].labels);
      expect(read[part].classes).toEqual(dataset[part].classes);
    }
    // Airplanes are mostly sky: bright, and bluer than red.
    const { mean } = channelStatistics(dataset.train);
    expect(mean[2]).toBeGreaterThan(mean[0]);
  });
});
