import { createHash, type Hash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { openPlainFile, readInto, updateHash, writeWhole } from '@normlab/files';
import sharp from 'sharp';
import type { Dataset, SplitDataset } from '../dataset.js';
import type { PictureListing } from './listPictures.js';

const magic = 'normlab pictures 2\n';
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
 * off, or damaged (a SHA-256 over their size and the pictures tells).
 *
 * @throws DataError where it cannot be read
 */
export async function readPictureCache(
  file: string,
  listing: PictureListing,
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
    const readPart = async (files: PictureListing['train']): Promise<Dataset> => {
      const images = new Uint8Array(files.length * length);
      position += await readInto(handle, images, position);
      updateHash(hash, images);
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

/** Covers the size, too: the same bytes make other pictures of 4 × 9 and of 9 × 4 pixels. */
function hashOf(height: number, width: number): Hash {
  return createHash('sha256').update(`${height} ${width}\n`);
}
