import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cifar10, imageFolder, writeCifar10 } from '@normlab/datasets/node';
import sharp from 'sharp';
import * as tar from 'tar';
import { makeImages } from '../tinyRun.js';
import { damageBytes } from './damageBytes.js';
import { internal, type Subject } from './subject.js';

/** CIFAR's binary files, JPEG and PNG images, and archives. */
export async function binarySubjects(folder: string): Promise<Subject[]> {
  const images = join(folder, 'images');
  await makeImages(images);
  const cifar = join(folder, 'cifar');
  await writeCifar10(cifar, await imageFolder(images, { cache: false }));
  return [
    await cifarSubject(cifar),
    ...(await imageSubjects(folder, images)),
    await archiveSubject(folder, cifar),
  ];
}

async function cifarSubject(cifar: string): Promise<Subject> {
  const names = await readdir(cifar);
  const whole = new Map<string, Buffer>();
  for (const name of names) whole.set(name, await readFile(join(cifar, name)));
  return {
    name: 'CIFAR-10 folder',
    read: async (stream) => {
      const name = names[stream.integer(names.length)]!;
      try {
        await writeFile(join(cifar, name), damageBytes(whole.get(name)!, stream));
        await cifar10(cifar);
        return 'accepted';
      } finally {
        await writeFile(join(cifar, name), whole.get(name)!);
      }
    },
  };
}

async function imageSubjects(folder: string, images: string): Promise<Subject[]> {
  const { decodeImage } = await internal<{
    decodeImage: (where: string, file: string, check: (shape: readonly number[]) => void) => Promise<unknown>;
  }>('packages/datasets/dist/node/decodeImage.js');
  const png = await readFile(join(images, 'train/class-0/1.png'));
  const jpeg = await sharp(png).jpeg().toBuffer();
  const checkShape = (shape: readonly number[]) => {
    // As imageFolder does: an image of another size is refused before it is decoded.
    if (shape.join() !== '32,32,3') throw new RangeError('another size');
  };
  return [
    { extension: 'png', whole: png },
    { extension: 'jpg', whole: jpeg },
  ].map(({ extension, whole }) => ({
    name: `${extension} image`,
    read: async (stream) => {
      const file = join(folder, `image.${extension}`);
      await writeFile(file, damageBytes(whole, stream));
      try {
        await decodeImage('imageFolder', file, checkShape);
        return 'accepted';
      } catch (error) {
        if (error instanceof RangeError && error.message === 'another size') return 'refused';
        throw error;
      }
    },
  }));
}

/** Archives: damaged before or after they are compressed. Nothing may be written beside their place. */
async function archiveSubject(folder: string, cifar: string): Promise<Subject> {
  const { unpackArchive } = await internal<{
    unpackArchive: (
      file: string,
      dir: string,
      options: { folder: string; onBytes: () => void },
    ) => Promise<void>;
  }>('packages/datasets/dist/node/unpackArchive.js');
  const file = join(folder, 'plain.tar');
  await tar.create({ file, cwd: dirname(cifar), portable: true }, [
    'cifar/batches.meta.txt',
    'cifar/records.json',
  ]);
  const plain = await readFile(file);
  const packed = gzipSync(plain);
  const place = join(folder, 'place');
  const dir = join(place, 'inner');
  return {
    name: 'archive',
    read: async (stream) => {
      const isInside = stream.integer(4) > 0;
      await mkdir(dir, { recursive: true });
      const archive = join(folder, 'archive.tar.gz');
      await writeFile(
        archive,
        isInside ? gzipSync(damageBytes(plain, stream), { level: 0 }) : damageBytes(packed, stream),
      );
      const refusal: unknown = await unpackArchive(archive, dir, {
        folder: 'cifar',
        onBytes: () => {},
      }).catch((error: unknown) => error);
      const [beside, inside] = [await readdir(place), await readdir(dir)];
      await rm(place, { recursive: true });
      if (beside.join() !== 'inner' || !['', 'cifar'].includes(inside.join())) {
        throw new Error(`left ${[...beside, ...inside].join(', ')}`);
      }
      if (refusal !== undefined) throw refusal;
      return 'accepted';
    },
  };
}
