import { crc32, deflateSync } from 'node:zlib';

/** The header of a PNG file of that size, without the data. */
export function pngHeader(width: number, height: number): Buffer {
  return pngOf(chunksOf({ width, height, bits: 8, colours: rgb }, Buffer.alloc(0)));
}

/** A black PNG file of one bit per pixel: large images in a small file, quickly decoded. */
export function blackPng(width: number, height: number): Buffer {
  const bytesPerRow = 1 + Math.ceil(width / 8);
  const rows = deflateSync(Buffer.alloc(height * bytesPerRow), { level: 1 });
  return pngOf([...chunksOf({ width, height, bits: 1, colours: grey }, rows), chunk('IEND')]);
}

const [grey, rgb] = [0, 2];

type Header = {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly colours: number;
};

function chunksOf({ width, height, bits, colours }: Header, data: Buffer): Buffer[] {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colours, 0, 0, 0], 8);
  return [chunk('IHDR', header), chunk('IDAT', data)];
}

function pngOf(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('89504E470D0A1A0A', 'hex'), ...chunks]);
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([word(data.length), named, word(crc32(named))]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
