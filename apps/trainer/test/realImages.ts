import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const archive = fileURLToPath(new URL('../../../../shared/data/cifar10-images.tar.xz', import.meta.url));

/** Whether the archive of real CIFAR-10 images exists beside the checkout, and can be read. */
export const hasRealImages = existsSync(archive) && spawnSync('xz', ['--version']).status === 0;

const classes = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
];

/** Unpacks `count` real images, the same number of each class, as an image folder with one test image per class. */
export function unpackRealImages(folder: string, count: number): string {
  const named = (index: number) =>
    `train/${classes[index % classes.length]}/${String(Math.floor(index / classes.length)).padStart(4, '0')}.jpg`;
  const train = Array.from({ length: count }, (_, index) => named(index));
  const test = Array.from({ length: classes.length }, (_, index) => named(count + index));
  const { status, stderr } = spawnSync('tar', ['-xJf', archive, '-C', folder, ...train, ...test]);
  if (status !== 0) throw new Error(`tar: ${stderr}`);
  for (const file of test) {
    const place = join(folder, file.replace('train/', 'test/'));
    mkdirSync(join(place, '..'), { recursive: true });
    renameSync(join(folder, file), place);
  }
  return folder;
}
