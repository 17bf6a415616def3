import {
  brightness,
  channelStatistics,
  contrast,
  crop24,
  type Image,
  padCropFlip,
  plain,
  standardizeImage,
} from '@normlab/datasets';
import { deriveSeed, randomStream } from '@normlab/random';
import { unitRoundoff } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { noiseDataset, noiseImage } from './fixtures.js';

const seeds = Array.from({ length: 8 }, (_, index) => deriveSeed(1, 'augment', 0, index));

/**
 * A bound on the difference of two standardized values whose inputs differ by at most e: the mean changes by at most e,
 * and so does the sd (a root mean square), so y changes by at most (2 + |y|)·e/sd; storing y errs by 2⁻²⁴·|y|.
 */
function boundOf(e: number, y: number, sd: number): number {
  return ((2 + Math.abs(y)) * e) / sd + unitRoundoff * Math.abs(y);
}

/**
 * The rounding error before the standardization: brightness stores values below 512 (error 2⁻¹⁶); contrast scales that
 * error by at most f + |1 − f| = 2.6, and then stores values below 1024 (error 2⁻¹⁵).
 */
const roundings = 2.6 * 2 ** -16 + 2 ** -15;

describe('crop24', () => {
  it('equals its float64 reference up to the rounding of float32 stores', () => {
    for (const seed of seeds) {
      const image = noiseImage(seed);
      const { out, sd } = twin(image, seed);
      const { values, shape } = crop24.train(image, randomStream(seed));
      expect(shape).toEqual([24, 24, 3]);
      for (const [at, y] of out.entries()) {
        expect(Math.abs(values[at]! - y)).toBeLessThanOrEqual(boundOf(roundings, y, sd));
      }
    }
  });

  it('evaluation = central crop, standardized', () => {
    const image = noiseImage(9);
    const middle: number[] = [];
    for (let row = 4; row < 28; row++) {
      for (let at = (row * 32 + 4) * 3; at < (row * 32 + 28) * 3; at++) middle.push(image.values[at]!);
    }
    const { out } = standardize64(middle);
    const { values } = crop24.evaluate(image);
    // The inputs are exact integers: only the store of y errs.
    for (const [at, y] of out.entries())
      expect(Math.abs(values[at]! - y)).toBeLessThanOrEqual(2 ** -23 * Math.abs(y));
  });

  it('standardize(contrast(x + δ, f)) = standardize(contrast(x, f)): brightness has no effect', () => {
    for (const seed of seeds) {
      const stream = randomStream(seed);
      const [delta, factor] = [stream.uniform(-63, 63), stream.uniform(0.2, 1.8)];
      const image = noiseImage(seed, 24, 24);
      const plain = contrast(image, factor);
      const { sd } = standardize64([...plain.values]);
      const without = standardizeImage(plain).values;
      const bright = standardizeImage(contrast(brightness(image, delta), factor)).values;
      // Both sides round before the standardization.
      for (const [at, y] of without.entries()) {
        expect(Math.abs(bright[at]! - y)).toBeLessThanOrEqual(boundOf(2 * roundings, y, sd));
      }
    }
  });

  it('standardize(contrast(x, f)) = standardize(x) for grey x, f > 0: contrast has no effect', () => {
    for (const seed of seeds) {
      const factor = randomStream(seed).uniform(0.2, 1.8);
      const image = noiseImage(seed, 24, 24, 0);
      const stretched = contrast(image, factor);
      const { sd } = standardize64([...stretched.values]);
      const plain = standardizeImage(image).values;
      for (const [at, y] of standardizeImage(stretched).values.entries()) {
        expect(Math.abs(plain[at]! - y)).toBeLessThanOrEqual(boundOf(roundings, y, sd));
      }
    }
  });

  it('standardize(contrast(x, f)) ≠ standardize(x) for coloured x: contrast moves channels apart', () => {
    // Red around 200, green and blue around 50: far more than rounding.
    const image = noiseImage(1, 24, 24);
    const values = image.values.map((value, at) => value / 8 + (at % 3 === 0 ? 180 : 30));
    const coloured: Image = { values, shape: [24, 24, 3] };
    const plain = standardizeImage(coloured).values;
    const stretched = standardizeImage(contrast(coloured, 1.8)).values;
    expect(Math.max(...plain.map((y, at) => Math.abs(stretched[at]! - y)))).toBeGreaterThan(0.1);
  });

  it('takes any image from 24×24 up, and its error says so', () => {
    expect(crop24.outputShape([32, 32, 3])).toEqual([24, 24, 3]);
    expect(crop24.outputShape([24, 100, 3])).toEqual([24, 24, 3]);
    expect(() => crop24.outputShape([32, 23, 3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crop24: image must have a height and a width of at least 24, got [32,23,3] (any size from 24×24 up can be cropped).]`,
    );
  });
});

describe('padCropFlip', () => {
  const statistics = { mean: [0.5, 0.4, 0.3], sd: [0.2, 0.25, 0.3] } as const;
  const pipeline = padCropFlip(statistics);

  it('equals its float64 reference up to one float32 store', () => {
    for (const seed of seeds) {
      const image = noiseImage(seed);
      const stream = randomStream(seed);
      const [top, left, mirrored] = [stream.integer(9), stream.integer(9), stream.uniform() < 0.5];
      const { values } = pipeline.train(image, randomStream(seed));
      for (let row = 0; row < 32; row++) {
        for (let column = 0; column < 32; column++) {
          const y = row + top - 4;
          const x = (mirrored ? 31 - column : column) + left - 4;
          const inside = y >= 0 && y < 32 && x >= 0 && x < 32;
          for (let c = 0; c < 3; c++) {
            const byte = inside ? image.values[(y * 32 + x) * 3 + c]! : 0;
            const expected = (byte / 255 - statistics.mean[c]!) / statistics.sd[c]!;
            expect(values[(row * 32 + column) * 3 + c]).toBe(Math.fround(expected));
          }
        }
      }
    }
  });

  it('evaluation over the whole training part has mean 0 and sd 1 in every channel', () => {
    const dataset = noiseDataset(20);
    const own = padCropFlip(channelStatistics(dataset));
    const values = Array.from({ length: 20 }, (_, index) => {
      const bytes = dataset.images.subarray(index * 3072, (index + 1) * 3072);
      return [...own.evaluate({ values: new Float32Array(bytes), shape: [32, 32, 3] }).values];
    }).flat();
    for (let c = 0; c < 3; c++) {
      const channel = values.filter((_, at) => at % 3 === c);
      const mean = channel.reduce((sum, y) => sum + y, 0) / channel.length;
      const variance = channel.reduce((sum, y) => sum + (y - mean) ** 2, 0) / channel.length;
      // |y| < 2: each store errs by at most 2⁻²⁴; so does the mean, and the variance by 2·2·2⁻²⁴.
      expect(Math.abs(mean)).toBeLessThan(unitRoundoff);
      expect(Math.abs(variance - 1)).toBeLessThan(2 ** -22);
    }
  });

  it('takes 32×32 only, and its error says so', () => {
    expect(pipeline.outputShape([32, 32, 3])).toEqual([32, 32, 3]);
    expect(() => pipeline.outputShape([64, 64, 3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: padCropFlip: image must have shape [32, 32, 3], got [64,64,3] (only 32×32 images are allowed; crop24 takes any from 24×24 up).]`,
    );
    for (const [height, width] of [
      [32, 31],
      [33, 32],
    ] as const) {
      const message = `padCropFlip: image must have shape [32, 32, 3], got [${height},${width},3]`;
      expect(() => pipeline.evaluate(noiseImage(1, height, width))).toThrow(message);
    }
    expect(() => pipeline.evaluate(noiseImage(1, 24, 24))).toThrow('padCropFlip: image must have shape');
    expect(() => pipeline.train(noiseImage(1, 24, 24), randomStream(1))).toThrow('image must have shape');
  });

  it('refuses statistics that it cannot divide by', () => {
    const black = {
      images: new Uint8Array(3072),
      labels: Uint8Array.of(0),
      shape: [32, 32, 3],
      classes: ['a'],
    } as const;
    expect(() => padCropFlip(channelStatistics(black))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: padCropFlip: sd must hold three numbers above 0, got ["0","0","0"] (it is 0 if a channel has the same value everywhere in all images).]`,
    );
    expect(() => padCropFlip({ ...statistics, mean: [0, Number.NaN, 0] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: padCropFlip: mean must hold three finite numbers, got ["0","NaN","0"].]`,
    );
  });
});

describe('plain', () => {
  const statistics = { mean: [0.5, 0.25, 0], sd: [0.5, 0.25, 1] } as const;
  const pipeline = plain(statistics);

  it('(x/255 − mean)/sd, in training and evaluation alike, images of any size', () => {
    const image = { values: Float32Array.of(255, 0, 51), shape: [1, 1, 3] } as const;
    // (1 − .5)/.5, (0 − .25)/.25, .2/1: the last up to the rounding of float32.
    for (const { values, shape } of [pipeline.evaluate(image), pipeline.train(image, randomStream(1))]) {
      expect([...values.subarray(0, 2)]).toEqual([1, -1]);
      expect(Math.abs(values[2]! - 0.2)).toBeLessThanOrEqual(0.2 * 2 ** -22);
      expect(shape).toEqual([1, 1, 3]);
    }
    expect(pipeline.outputShape([40, 17, 3])).toEqual([40, 17, 3]);
  });

  it('refuses statistics that it cannot divide by', () => {
    expect(() => plain({ ...statistics, sd: [1, 0, 1] })).toThrow(
      'plain: sd must hold three numbers above 0',
    );
  });
});

it('each pipeline has its name', () => {
  const statistics = { mean: [0, 0, 0], sd: [1, 1, 1] } as const;
  const names = [crop24, padCropFlip(statistics), plain(statistics)].map(({ name }) => name);
  expect(names).toEqual(['crop24', 'padCropFlip', 'plain']);
});

describe('channelStatistics', () => {
  it('is exact: two pixels by hand', () => {
    const { mean, sd } = channelStatistics({
      images: Uint8Array.of(0, 10, 255, 255, 20, 255),
      labels: Uint8Array.of(0),
      shape: [1, 2, 3],
      classes: ['a'],
    });
    expect(mean).toEqual([0.5, 15 / 255, 1]);
    expect(sd).toEqual([0.5, 5 / 255, 0]);
  });
});

/** The training pipeline in plain float64 from its definition. */
function twin(image: Image, seed: number) {
  const stream = randomStream(seed);
  const [top, left] = [stream.integer(9), stream.integer(9)];
  const mirrored = stream.uniform() < 0.5;
  const delta = stream.uniform(-63, 63);
  const factor = stream.uniform(0.2, 1.8);
  const pixel = (row: number, column: number, c: number) => {
    const x = left + (mirrored ? 23 - column : column);
    return image.values[((top + row) * 32 + x) * 3 + c]! + delta;
  };
  const means = [0, 1, 2].map((c) => {
    let sum = 0;
    for (let row = 0; row < 24; row++)
      for (let column = 0; column < 24; column++) sum += pixel(row, column, c);
    return sum / 576;
  });
  const stretched: number[] = [];
  for (let row = 0; row < 24; row++) {
    for (let column = 0; column < 24; column++) {
      for (let c = 0; c < 3; c++) stretched.push((pixel(row, column, c) - means[c]!) * factor + means[c]!);
    }
  }
  return standardize64(stretched);
}

function standardize64(values: readonly number[]) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  return { out: values.map((value) => (value - mean) / Math.max(sd, 1 / Math.sqrt(n))), sd };
}
