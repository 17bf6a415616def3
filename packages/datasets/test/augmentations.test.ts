import {
  brightness,
  centralCrop,
  contrast,
  flip,
  type Image,
  normalizeChannels,
  pad,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  standardizeImage,
} from '@normlab/datasets';
import { deriveSeed, type RandomStream, randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { noiseImage } from './fixtures.js';

/** A grey image from rows of numbers. */
function greyImage(rows: readonly (readonly number[])[]): Image {
  return {
    values: Float32Array.from(rows.flat().flatMap((value) => [value, value, value])),
    shape: [rows.length, rows[0]!.length, 3],
  };
}

/** The rows of a grey image. */
function rowsOf({ values, shape }: Image): number[][] {
  return Array.from({ length: shape[0] }, (_, row) =>
    Array.from({ length: shape[1] }, (_, column) => values[(row * shape[1] + column) * 3]!),
  );
}

/** A stream that returns these numbers in turn, whatever range is asked for. */
function scripted(...draws: readonly number[]): RandomStream {
  const left = [...draws];
  const next = () => left.shift()!;
  return { uniform: next, integer: next, normal: next };
}

const three = greyImage([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);

describe('by hand', () => {
  it('randomCrop cuts at the row and column drawn', () => {
    expect(rowsOf(randomCrop(three, scripted(1, 0), { size: 2 }))).toEqual([
      [4, 5],
      [7, 8],
    ]);
  });

  it('centralCrop keeps the smaller half of an odd margin above and to the left', () => {
    expect(rowsOf(centralCrop(three, { size: 1 }))).toEqual([[5]]);
    expect(rowsOf(centralCrop(three, { size: 2 }))).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });

  it('flip mirrors left and right and keeps each pixel’s channels together', () => {
    expect(rowsOf(flip(three))).toEqual([
      [3, 2, 1],
      [6, 5, 4],
      [9, 8, 7],
    ]);
    const coloured: Image = { values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 3] };
    expect([...flip(coloured).values]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('randomFlip mirrors below ½', () => {
    expect(randomFlip(three, scripted(0.49))).toEqual(flip(three));
    expect(randomFlip(three, scripted(0.5))).toEqual(three);
  });

  it('brightness adds, contrast scales each channel about its own mean; nothing is clipped', () => {
    expect([...brightness(three, -3).values.slice(0, 3)]).toEqual([-2, -2, -2]);
    // Channel means 10, 20, 40.
    const coloured: Image = { values: Float32Array.of(0, 20, 0, 20, 20, 80), shape: [1, 2, 3] };
    expect([...contrast(coloured, 0.5).values]).toEqual([5, 20, 20, 15, 20, 60]);
    expect([...contrast(coloured, 2).values]).toEqual([-10, 20, -40, 30, 20, 120]);
  });

  it('random brightness and contrast draw from their whole ranges', () => {
    const atLow: RandomStream = { ...scripted(), uniform: (low = 0) => low };
    const atHigh: RandomStream = { ...scripted(), uniform: (_, high = 1) => high };
    const ends = (augment: (stream: RandomStream) => Image) =>
      [atLow, atHigh].map((stream) => augment(stream).values[0]);
    expect(ends((stream) => randomBrightness(three, stream, { maxDelta: 63 }))).toEqual([-62, 64]);
    // The first value is 1, the mean of its channel 5: 5 − 4·f.
    expect(ends((stream) => randomContrast(three, stream, { low: 0.25, high: 1.75 }))).toEqual([4, -2]);
  });

  it('pad puts zeros on every side', () => {
    expect(rowsOf(pad(greyImage([[7]]), { margin: 1 }))).toEqual([
      [0, 0, 0],
      [0, 7, 0],
      [0, 0, 0],
    ]);
  });

  it('standardizeImage divides by the biased sd over all channels jointly', () => {
    // Mean 2, deviations −1 and 1: sd 1.
    const image: Image = { values: Float32Array.of(1, 3, 1, 3, 1, 3), shape: [1, 2, 3] };
    expect([...standardizeImage(image).values]).toEqual([-1, 1, -1, 1, -1, 1]);
  });

  it('standardizeImage loses nothing where the mean is far larger than the sd', () => {
    // 2²³ + 0, 1, 3: mean 2²³ + 4/3, variance (16 + 1 + 25)/27 = 14/9. Σx² − n·mean² would be off by about 1 %.
    const image: Image = { values: Float32Array.of(2 ** 23, 2 ** 23 + 1, 2 ** 23 + 3), shape: [1, 1, 3] };
    const wanted = [-4, -1, 5].map((value) => value / 3 / Math.sqrt(14 / 9));
    // One store in float32, of numbers below 2.
    for (const [at, value] of standardizeImage(image).values.entries()) {
      expect(Math.abs(value - wanted[at]!)).toBeLessThanOrEqual(2 ** -23);
    }
  });

  it('standardizeImage never divides by less than 1/√n', () => {
    const values = new Float32Array(1728).fill(100);
    values[0] = 101;
    const out = standardizeImage({ values, shape: [24, 24, 3] }).values;
    // n = 1728: mean 100 + 1/n, sd √(1/n − 1/n²) < 1/√n, so y₀ = (1 − 1/n)·√n.
    expect(out[0]).toBeCloseTo((1 - 1 / 1728) * Math.sqrt(1728), 4);
    const flat = standardizeImage({ values: new Float32Array(12).fill(7), shape: [2, 2, 3] });
    expect([...flat.values]).toEqual(new Array(12).fill(0));
  });

  it('normalizeChannels takes statistics on the 0–1 scale', () => {
    const image: Image = { values: Float32Array.of(255, 51, 0), shape: [1, 1, 3] };
    const { values } = normalizeChannels(image, { mean: [0.5, 0.2, 0.25], sd: [0.25, 0.5, 0.125] });
    expect([...values]).toEqual([2, 0, -2]);
  });
});

describe('laws', () => {
  const image = noiseImage(3, 6, 9);

  it('flip(flip(x)) = x', () => {
    expect(flip(flip(image))).toEqual(image);
  });

  it('centralCrop(pad(x, m)) = x for square x', () => {
    const square = noiseImage(4, 5, 5);
    expect(centralCrop(pad(square, { margin: 3 }), { size: 5 })).toEqual(square);
  });

  it('contrast(x, 1) = x and contrast(x, 0) = the channel means, up to the rounding of one store', () => {
    // |x| < 256: a float32 store errs by at most 2⁻¹⁷, the float64 work by far less.
    const same = contrast(image, 1).values;
    for (const [at, value] of image.values.entries()) {
      expect(Math.abs(same[at]! - value)).toBeLessThanOrEqual(2 ** -17);
    }
    const flat = contrast(image, 0).values;
    for (let at = 3; at < flat.length; at++) expect(flat[at]).toBe(flat[at % 3]);
  });

  it.each([
    ['randomCrop', (x: Image, s: RandomStream) => randomCrop(x, s, { size: 4 })],
    ['randomFlip', randomFlip],
    ['randomBrightness', (x: Image, s: RandomStream) => randomBrightness(x, s, { maxDelta: 63 })],
    ['randomContrast', (x: Image, s: RandomStream) => randomContrast(x, s, { low: 0.2, high: 1.8 })],
  ])('%s: the same stream gives the same image, and the input is unchanged', (_, augmentation) => {
    const before = image.values.slice();
    const results = [1, 1, 2, 3, 4].map((seed) => augmentation(image, randomStream(deriveSeed(1, seed))));
    expect(results[0]).toEqual(results[1]);
    expect(results.some((result) => !equal(result, results[0]!))).toBe(true);
    expect(image.values).toEqual(before);
  });

  it('crop row, crop column and flip are uniform and independent over the streams of images', () => {
    // χ² over 5·5·2 cells has mean 49, sd √98 = 9.9: five sd above.
    const counts = new Map<string, number>();
    const n = 5000;
    for (let index = 0; index < n; index++) {
      const stream = randomStream(deriveSeed(1, 'augment', 0, index));
      const rows = Array.from({ length: 8 }, (_, row) =>
        Array.from({ length: 8 }, (_, column) => row * 8 + column),
      );
      const { values } = randomFlip(randomCrop(greyImage(rows), stream, { size: 4 }), stream);
      const key = `${values[0]} ${values[0]! < values[3]!}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    let chiSquared = 0;
    for (const count of counts.values()) chiSquared += (count - n / 50) ** 2 / (n / 50);
    expect(counts.size).toBe(50);
    expect(chiSquared).toBeLessThan(49 + 5 * Math.sqrt(98));
  });
});

describe('errors', () => {
  it('crops images that are as high or as wide as the crop, none that are lower or narrower', () => {
    const image = (height: number, width: number) => noiseImage(1, height, width);
    for (const [height, width] of [
      [4, 4],
      [4, 6],
      [6, 4],
    ] as const) {
      expect(centralCrop(image(height, width), { size: 4 }).shape).toEqual([4, 4, 3]);
      expect(randomCrop(image(height, width), randomStream(1), { size: 4 }).shape).toEqual([4, 4, 3]);
    }
    expect(() => centralCrop(image(3, 6), { size: 4 })).toThrow('at least 4, got [3,6,3]');
    expect(() => centralCrop(image(6, 3), { size: 4 })).toThrow('at least 4, got [6,3,3]');
  });

  it('names the sizes that can be cropped', () => {
    expect(() => randomCrop(three, randomStream(1), { size: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomCrop: image must have a height and a width of at least 4, got [3,3,3] (any size from 4×4 up can be cropped).]`,
    );
    expect(() => centralCrop(three, { size: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: centralCrop: image must have a height and a width of at least 4, got [3,3,3] (any size from 4×4 up can be cropped).]`,
    );
  });
});

function equal(a: Image, b: Image): boolean {
  return a.values.every((value, at) => value === b.values[at]);
}
