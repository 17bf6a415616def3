import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { noiseImage } from './fixtures.js';
import { blackPng, pngHeader } from './pngHeader.js';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

async function png(name: string, width: number, height: number, pixels: Uint8Array): Promise<string> {
  const file = join(root, name);
  const channels = pixels.length === width * height * 4 ? 4 : 3;
  await sharp(pixels, { raw: { width, height, channels } }).png().toFile(file);
  return file;
}

/** Three bands of 8 columns, each of one colour. */
const colours = [
  [200, 10, 10],
  [20, 200, 30],
  [10, 10, 200],
] as const;
const bands = Uint8Array.from({ length: 8 * 24 * 3 }, (_, at) => {
  const column = Math.floor(at / 3) % 24;
  return colours[Math.floor(column / 8)]![at % 3]!;
});

describe('readImage', () => {
  it('keeps the pixels of an image that has the shape', async () => {
    const pixels = Uint8Array.from(noiseImage(1, 6, 4).values);
    const file = await png('same.png', 4, 6, pixels);
    expect(await readImage(file, { shape: [6, 4, 3] })).toEqual({
      values: Float32Array.from(pixels),
      shape: [6, 4, 3],
      original: [6, 4, 3],
    });
  });

  it('takes the middle where the proportions differ, and says the shape in the file', async () => {
    const { values, ...shapes } = await readImage(await png('wide.png', 24, 8, bands), { shape: [8, 8, 3] });
    expect(shapes).toEqual({ shape: [8, 8, 3], original: [8, 24, 3] });
    expect([...values]).toEqual(Array.from({ length: 64 }, () => colours[1]).flat());
  });

  it('takes the middle of a tall image too', async () => {
    const turned = Uint8Array.from({ length: 24 * 8 * 3 }, (_, at) => {
      const row = Math.floor(at / (8 * 3));
      return colours[Math.floor(row / 8)]![at % 3]!;
    });
    const { values, ...shapes } = await readImage(await png('tall.png', 8, 24, turned), { shape: [8, 8, 3] });
    expect(shapes).toEqual({ shape: [8, 8, 3], original: [24, 8, 3] });
    expect([...values]).toEqual(Array.from({ length: 64 }, () => colours[1]).flat());
  });

  it('scales: an image of one colour stays in that colour', async () => {
    const colour = [12, 34, 56];
    const pixels = Uint8Array.from({ length: 20 * 20 * 3 }, (_, at) => colour[at % 3]!);
    const { values } = await readImage(await png('plain.png', 20, 20, pixels), { shape: [8, 8, 3] });
    expect([...values]).toEqual(Array.from({ length: 64 }, () => colour).flat());
  });

  it.each([
    ['in its own size', [12, 10]],
    ['scaled down', [5, 7]],
    ['scaled up', [31, 40]],
  ] as const)('an image with transparency = the same without, %s', async (_, [height, width]) => {
    const opaque = Uint8Array.from(noiseImage(2, 12, 10).values);
    // Transparent, half-transparent and opaque pixels in turn.
    const transparent = Uint8Array.from({ length: 12 * 10 * 4 }, (_, at) => {
      const pixel = Math.floor(at / 4);
      return at % 4 === 3 ? [0, 128, 255][pixel % 3]! : opaque[pixel * 3 + (at % 4)]!;
    });
    const read = async (name: string, pixels: Uint8Array) =>
      readImage(await png(name, 10, 12, pixels), { shape: [height, width, 3] });
    expect(await read('transparent.png', transparent)).toEqual(await read('opaque.png', opaque));
  });

  it('refuses a wrong shape before it looks at the file', async () => {
    await expect(readImage('no/such/file', { shape: [0, 8, 3] })).rejects.toThrowError(
      'readImage: shape must be [H, W, 3] with H, W ≥ 1 and at most 268435456 pixels, got [0,8,3].',
    );
  });

  it('refuses more than 2²⁸ pixels by the header, and no fewer', async () => {
    const file = join(root, 'huge.png');
    await writeFile(file, pngHeader(2 ** 14, 2 ** 14 + 1));
    await expect(readImage(file, { shape: [8, 8, 3] })).rejects.toThrowError(
      `readImage: ${file} must have at most 268435456 pixels, got [16385,16384,3].`,
    );
    await writeFile(file, blackPng(2 ** 14, 2 ** 14));
    expect(await readImage(file, { shape: [2, 1, 3] })).toEqual({
      values: new Float32Array(6),
      shape: [2, 1, 3],
      original: [2 ** 14, 2 ** 14, 3],
    });
  });
});
