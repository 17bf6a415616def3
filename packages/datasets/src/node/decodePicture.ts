import { readFile } from 'node:fs/promises';
import { DataError } from '@normlab/errors';
import sharp from 'sharp';

/** A decoded picture: H·W·3 bytes, RGB, channels last. */
export type DecodedPicture = {
  readonly pixels: Uint8Array;
  readonly shape: readonly [number, number, 3];
};

/**
 * Decodes a JPEG or PNG file to 8-bit sRGB; grey becomes three equal channels, transparency is
 * dropped, the orientation tag is not applied.
 *
 * @throws DataError for a file that is neither, or that is damaged or cut off
 */
export async function decodePicture(where: string, file: string): Promise<DecodedPicture> {
  const bytes = await readFile(file);
  if (!signatures.some((signature) => signature.every((byte, place) => bytes[place] === byte))) {
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
  try {
    const { data, info } = await sharp(bytes, { failOn: 'warning' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { pixels: data, shape: [info.height, info.width, 3] };
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
