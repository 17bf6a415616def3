import { crc32 } from 'node:zlib';

/** The header of a PNG file of that size, without the data. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write('IHDR');
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([8, 2, 0, 0, 0], 12);
  const data = Buffer.from('IDAT');
  return Buffer.concat([
    Buffer.from('89504E470D0A1A0A', 'hex'),
    ...[header, data].flatMap((chunk) => [word(chunk.length - 4), chunk, word(crc32(chunk))]),
  ]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
