import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { unpackRealImages } from '@normlab/testing';

const classes = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
];

/** Unpacks `count` real images, the same number of each class, as an image folder with one test image per class. */
export function realImageFolder(folder: string, count: number): string {
  const named = (index: number) =>
    `train/${classes[index % classes.length]}/${String(Math.floor(index / classes.length)).padStart(4, '0')}.jpg`;
  const train = Array.from({ length: count }, (_, index) => named(index));
  const test = Array.from({ length: classes.length }, (_, index) => named(count + index));
  unpackRealImages(folder, [...train, ...test]);
  for (const file of test) {
    const place = join(folder, file.replace('train/', 'test/'));
    mkdirSync(join(place, '..'), { recursive: true });
    renameSync(join(folder, file), place);
  }
  return folder;
}
