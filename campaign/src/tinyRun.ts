import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Flags of a training that takes a second and writes every file that a run can have: 12 steps in 3 epochs. */
export const tinyRun = [
  ...['--width', '0.03', '--train-images', '32', '--test-images', '10', '--batch', '8', '--epochs', '3'],
  ...['--checkpoint-every', '1', '--keep-best', '--record', 'norms', '--tensorboard'],
  ...['--backend', 'wasm', '--threads', '1'],
];

/** The same with few system calls: 4 steps in 2 epochs. */
export const shortRun = [
  ...['--width', '0.03', '--train-images', '32', '--test-images', '10', '--batch', '16', '--epochs', '2'],
  ...['--keep-best', '--record', 'norms', '--tensorboard', '--backend', 'wasm', '--threads', '1'],
];

/** An experiment of two such trainings. */
export const tinyExperiment = {
  title: 'Tiny',
  settings: {
    dataset: 'built-in',
    width: 0.03,
    trainImages: 32,
    testImages: 10,
    batch: 8,
    epochs: 2,
    checkpointEvery: 1,
  },
  arms: { norm: ['bn', 'cbn-all'] },
  seeds: 1,
  reference: { norm: 'bn' },
};

/** Writes a folder of images as `normlab convert` takes it: ten classes, one image of each per part. */
export async function makeImages(folder: string): Promise<void> {
  for (const part of ['train', 'test']) {
    for (let label = 0; label < 10; label++) {
      const place = join(folder, part, `class-${label}`);
      await mkdir(place, { recursive: true });
      const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, index) => (index * (7 + label)) % 256);
      await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toFile(join(place, '1.png'));
    }
  }
}
