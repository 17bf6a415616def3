import { DataError } from '@normlab/errors';
import { readPlainFile } from '@normlab/files';
import sharp, { type Sharp } from 'sharp';

/** A decoded image: H·W·3 bytes, RGB, channels last. */
export type DecodedImage = {
  readonly pixels: Uint8Array;
  readonly shape: readonly [number, number, 3];
};

/** [H, W, 3]. */
export type ImageShape = DecodedImage['shape'];

/** The largest image file that is read, in bytes: 1 GiB. */
const mostBytes = 2 ** 30;

/**
 * The shape in an image's header: nothing is decoded, so the cost does not depend on the size.
 *
 * @throws DataError for a file that is neither JPEG nor PNG, or whose header is damaged
 */
export async function imageShape(where: string, file: string): Promise<ImageShape> {
  return (await readHeader(where, file, await readImage(where, file))).shape;
}

/**
 * Decodes a JPEG or PNG file to 8-bit sRGB; grey becomes three equal channels, transparency is
 * dropped (before any scaling: transparent pixels count with their colours), the orientation tag is not applied.
 *
 * @param checkShape gets the shape from the header before anything is decoded, and throws if the shape is not
 *   acceptable: a small file can claim an image that does not fit into memory
 * @param size the size to scale another image to, its middle if the proportions differ; as it is by default
 * @throws DataError if the file is neither JPEG nor PNG, or is damaged or cut off
 */
export async function decodeImage(
  where: string,
  file: string,
  checkShape: (shape: ImageShape) => void,
  size?: { readonly height: number; readonly width: number },
): Promise<DecodedImage> {
  const bytes = await readImage(where, file);
  const { shape: found, hasAlpha } = await readHeader(where, file, bytes);
  checkShape(found);
  const isScaled = size !== undefined && (size.height !== found[0] || size.width !== found[1]);
  return damageNamed(where, file, async () => {
    const whole = sharp(bytes, { ...anySize, failOn: 'warning' });
    if (!isScaled) return decodeRgb(whole);
    // sharp scales colours multiplied by their alpha: transparent pixels would become black.
    const opaque = hasAlpha ? fromPixels(await decodeRgb(whole)) : whole;
    return decodeRgb(opaque.resize({ ...size, fit: 'cover' }));
  });
}

async function decodeRgb(image: Sharp): Promise<DecodedImage> {
  const { data, info } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, shape: [info.height, info.width, 3] };
}

function fromPixels({ pixels, shape: [height, width, channels] }: DecodedImage): Sharp {
  return sharp(pixels, { ...anySize, raw: { height, width, channels } });
}

async function readImage(where: string, file: string): Promise<Buffer> {
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

function readHeader(
  where: string,
  file: string,
  bytes: Buffer,
): Promise<{ readonly shape: ImageShape; readonly hasAlpha: boolean }> {
  return damageNamed(where, file, async () => {
    const { height, width, hasAlpha } = await sharp(bytes, anySize).metadata();
    return { shape: [height, width, 3], hasAlpha };
  });
}

async function damageNamed<T>(where: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      { where, what: file, rule: 'be a whole image that can be decoded', got: reason, file },
      { cause: error },
    );
  }
}

/** sharp's own limit, 0x3FFF² pixels, is below that of `checkShape`, whose error is clearer. */
const anySize = { limitInputPixels: false };

const signatures = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];
