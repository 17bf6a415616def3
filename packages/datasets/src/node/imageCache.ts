import { createHash, type Hash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { openPlainFile, readInto, updateHash, writeWhole } from '@normlab/files';
import sharp from 'sharp';
import type { Dataset, SplitDataset } from '../dataset.js';
import type { ImageListing } from './listImages.js';

const magic = 'normlab pictures 2\n';
const headerLength = 256;

/**
 * The fingerprint that shows whether a cache still matches its folder: a SHA-256 over every image's path, size and
 * times, and the decoder's version.
 */
export function fingerprintOf({ train, test }: ImageListing): string {
  const hash = createHash('sha256').update(`${magic}sharp ${sharp.versions.sharp} ${sharp.versions.vips}\n`);
  for (const { path, stamp } of [...train, ...test]) hash.update(`${path}\n${stamp}\n`);
  return hash.digest('hex');
}

/**
 * The decoded images in a cache file, or undefined if the cache belongs to another listing, is cut off, or is damaged
 * (checked by a SHA-256 over the size and the images).
 *
 * @throws DataError if the file cannot be read
 */
export async function readImageCache(
  file: string,
  listing: ImageListing,
  fingerprint: string,
): Promise<SplitDataset | undefined> {
  const handle = await openPlainFile(file, { where: 'imageFolder' });
  try {
    const { size } = await handle.stat();
    const header = new Uint8Array(headerLength);
    await readInto(handle, header, 0);
    const [title, found, digest, dimensions] = new TextDecoder().decode(header).split('\n');
    if (`${title}\n` !== magic || found !== fingerprint) return undefined;
    const [, height, width] = (/^([1-9]\d*) ([1-9]\d*)$/.exec(dimensions ?? '') ?? []).map(Number);
    if (height === undefined || width === undefined) return undefined;
    const length = height * width * 3;
    const count = listing.train.length + listing.test.length;
    if (size !== headerLength + count * length) return undefined;
    const hash = hashOf(height, width);
    let position = headerLength;
    const readPart = async (files: ImageListing['train']): Promise<Dataset> => {
      const images = new Uint8Array(files.length * length);
      position += await readInto(handle, images, position);
      updateHash(hash, images);
      const labels = Uint8Array.from(files, ({ label }) => label);
      return { images, labels, shape: [height, width, 3], classes: listing.classes };
    };
    const dataset = { train: await readPart(listing.train), test: await readPart(listing.test) };
    return hash.digest('hex') === digest ? dataset : undefined;
  } finally {
    await handle.close();
  }
}

/** Writes a cache file completely or not at all. */
export async function writeImageCache(
  file: string,
  { train, test }: SplitDataset,
  fingerprint: string,
): Promise<void> {
  const hash = hashOf(train.shape[0], train.shape[1]);
  for (const { images } of [train, test]) updateHash(hash, images);
  const digest = hash.digest('hex');
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

/** The hash includes the size: the same bytes are different images with 4 × 9 and with 9 × 4 pixels. */
function hashOf(height: number, width: number): Hash {
  return createHash('sha256').update(`${height} ${width}\n`);
}
