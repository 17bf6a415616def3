import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { writeWhole } from '@normlab/files';
import sharp from 'sharp';
import type { Dataset, SplitDataset } from '../dataset.js';
import type { PictureListing } from './listPictures.js';

const magic = 'normlab pictures 1\n';
const headerLength = 256;

/**
 * What tells whether a cache still fits its folder: a SHA-256 over every picture's path, size and times,
 * and over the decoder's version.
 */
export function fingerprintOf({ train, test }: PictureListing): string {
  const hash = createHash('sha256').update(`${magic}sharp ${sharp.versions.sharp} ${sharp.versions.vips}\n`);
  for (const { path, stamp } of [...train, ...test]) hash.update(`${path}\n${stamp}\n`);
  return hash.digest('hex');
}

/**
 * The decoded pictures kept in a cache file, or undefined where it does not fit: of another listing, cut
 * off, or damaged (a SHA-256 over the pictures tells).
 *
 * @throws the file system's error where it cannot be read
 */
export async function readPictureCache(
  file: string,
  listing: PictureListing,
  fingerprint: string,
): Promise<SplitDataset | undefined> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const header = new Uint8Array(headerLength);
    await handle.read(header, 0, headerLength, 0);
    const [title, found, digest, dimensions] = new TextDecoder().decode(header).split('\n');
    if (`${title}\n` !== magic || found !== fingerprint || dimensions === undefined) return undefined;
    const [height, width] = dimensions.split(' ').map(Number) as [number, number];
    const length = height * width * 3;
    const count = listing.train.length + listing.test.length;
    if (size !== headerLength + count * length) return undefined;
    const hash = createHash('sha256');
    let position = headerLength;
    const readPart = async (files: PictureListing['train']): Promise<Dataset> => {
      const images = new Uint8Array(files.length * length);
      for (let filled = 0; filled < images.length; ) {
        const { bytesRead } = await handle.read(
          images,
          filled,
          Math.min(1 << 24, images.length - filled),
          position,
        );
        if (bytesRead === 0) break;
        hash.update(images.subarray(filled, filled + bytesRead));
        filled += bytesRead;
        position += bytesRead;
      }
      const labels = Uint8Array.from(files, ({ label }) => label);
      return { images, labels, shape: [height, width, 3], classes: listing.classes };
    };
    const pictures = { train: await readPart(listing.train), test: await readPart(listing.test) };
    return hash.digest('hex') === digest ? pictures : undefined;
  } finally {
    await handle.close();
  }
}

/** Writes a cache file, whole or not at all. */
export async function writePictureCache(
  file: string,
  { train, test }: SplitDataset,
  fingerprint: string,
): Promise<void> {
  const digest = createHash('sha256').update(train.images).update(test.images).digest('hex');
  const header = new Uint8Array(headerLength);
  const text = `${magic}${fingerprint}\n${digest}\n${train.shape[0]} ${train.shape[1]}\n`;
  new TextEncoder().encodeInto(text, header);
  const content = [header, train.images, test.images];
  // Several runs may decode the same folder at once.
  await writeWhole(dirname(file), [{ name: basename(file), content }], {
    survives: 'power-loss',
    writers: 'several',
  });
}
