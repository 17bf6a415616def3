import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { channelStatistics } from '@normlab/datasets';
import { cifar10, imageFolder, writeCifar10 } from '@normlab/datasets/node';
import { hasRealImages, temporaryFolder, unpackRealImages } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

describe.skipIf(!hasRealImages)('real CIFAR-10 images (shared/data beside the checkout)', () => {
  it('cifar10(writeCifar10(imageFolder(d))) = imageFolder(d), byte for byte', async () => {
    const images = await temporaryFolder();
    const files = Array.from({ length: 110 }, (_, i) => `train/airplane/${String(i).padStart(4, '0')}.jpg`);
    unpackRealImages(images, files);
    const dir = await temporaryFolder();
    for (const [index, file] of files.entries()) {
      const folder = join(dir, index < 100 ? 'train' : 'test', `class-${index % 10}`);
      await mkdir(folder, { recursive: true });
      await rename(join(images, file), join(folder, `${index}.jpg`));
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
