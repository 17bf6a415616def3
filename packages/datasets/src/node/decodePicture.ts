import { DataError } from '@normlab/errors';
import { readPlainFile } from '@normlab/files';
import sharp from 'sharp';

/** A decoded picture: H·W·3 bytes, RGB, channels last. */
export type DecodedPicture = {
  readonly pixels: Uint8Array;
  readonly shape: readonly [number, number, 3];
};

/** [H, W, 3]. */
export type PictureShape = DecodedPicture['shape'];

/** Bytes of the largest picture file that is read: 1 GiB. */
const mostBytes = 2 ** 30;

/**
 * The shape that a picture's header gives: nothing is decoded, so that this costs the same for every size.
 *
 * @throws DataError for a file that is neither JPEG nor PNG, or whose header is damaged
 */
export async function pictureShape(where: string, file: string): Promise<PictureShape> {
  return headerShape(where, file, await readPicture(where, file));
}

/**
 * Decodes a JPEG or PNG file to 8-bit sRGB; grey becomes three equal channels, transparency is
 * dropped, the orientation tag is not applied.
 *
 * @param checkShape gets the shape from the header before anything is decoded, and throws for one that is not wanted:
 *   a small file can claim a picture that no memory holds
 * @throws DataError for a file that is neither, or that is damaged or cut off
 */
export async function decodePicture(
  where: string,
  file: string,
  checkShape: (shape: PictureShape) => void,
): Promise<DecodedPicture> {
  const bytes = await readPicture(where, file);
  checkShape(await headerShape(where, file, bytes));
  return damageNamed(where, file, async () => {
    const { data, info } = await sharp(bytes, { failOn: 'warning' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { pixels: data, shape: [info.height, info.width, 3] };
  });
}

async function readPicture(where: string, file: string): Promise<Buffer> {
  const bytes = await readPlainFile(file, { where, most: mostBytes });
  if (signatures.some((signature) => signature.every((byte, place) => bytes[place] === byte))) return bytes;
  throw new DataError({
    where,
    what: file,
    rule: 'begin like a JPEG (FF D8 FF) or a PNG (89 50 4E 47) file',
    got: bytes
      .subarray(0, 4)
      .toString('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$& '),
    file,
    byteOffset: 0,
  });
}

function headerShape(where: string, file: string, bytes: Buffer): Promise<PictureShape> {
  return damageNamed(where, file, async () => {
    // Without a limit: the caller's own says more than sharp's does.
    const { height, width } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return [height, width, 3];
  });
}

async function damageNamed<T>(where: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      { where, what: file, rule: 'be a whole picture that can be decoded', got: reason, file },
      { cause: error },
    );
  }
}

const signatures = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];
