import { channelBlock, type Matrix, magnitudes } from '../../src/kernels/winogradVariants.js';
import type { Values } from './bothBackends.js';

/** The matrices of one variant of Winograd's algorithm: a product of polynomials by their values at points. */
export type Transforms = {
  readonly input: Matrix;
  readonly filter: Matrix;
  readonly output: Matrix;
  /** Pixels from a tile to the next one. */
  readonly inputStep: number;
};

/** What the terms of transforms amount to before anything cancels: for bounds on the rounding. */
export function termsOf(transforms: Transforms, inputTerms: Matrix): Transforms {
  const [filter, output] = [transforms.filter, transforms.output].map(magnitudes) as [Matrix, Matrix];
  return { ...transforms, input: inputTerms, filter, output };
}

/** Roundings of one of so many terms that are summed in blocks, over `sharing` products of each. */
export function sumRoundings(terms: number, sharing: number, block = channelBlock): number {
  return Math.min(terms, block) + sharing * Math.ceil(terms / block);
}

/** Where tiles begin in an image, and how many results there are. */
export type Grid = {
  /** Zeros that the first tile reads above and left of the image. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** Results that the first tile has before the first one wanted. */
  readonly outTop: number;
  readonly outLeft: number;
};

/** A convolution of x by a kernel, through transforms. */
export function convolveByTiles(x: Values, filter: Values, grid: Grid, transforms: Transforms): Float64Array {
  const [images, , , channels] = x.shape as [number, number, number, number];
  const { outHeight, outWidth, outTop, outLeft } = grid;
  const results = filter.shape[3]!;
  const kernels = range(channels).map((c) =>
    range(results).map((k) => kernelAtPoints(filter, c, k, transforms)),
  );
  const y = new Float64Array(images * outHeight * outWidth * results);
  forEachTile(images, outHeight + outTop, outWidth + outLeft, transforms, (image, tileRow, tileColumn) => {
    const tiles = range(channels).map((c) =>
      tileAtPoints(x, image, tileRow, tileColumn, c, grid, transforms),
    );
    for (let k = 0; k < results; k++) {
      const products = square(transforms.input.length, () => 0);
      for (const [c, tile] of tiles.entries()) addProducts(products, tile, kernels[c]![k]!);
      both(transforms.output, products).forEach((line, i) => {
        const row = tileRow * transforms.output.length - outTop + i;
        line.forEach((value, j) => {
          const column = tileColumn * transforms.output.length - outLeft + j;
          if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) return;
          y[((image * outHeight + row) * outWidth + column) * results + k] = value;
        });
      });
    }
  });
  return y;
}

/** The gradient of that convolution by its kernel, through transforms. */
export function filterGradientByTiles(
  x: Values,
  dy: Values,
  corner: { readonly top: number; readonly left: number },
  transforms: Transforms,
): Float64Array {
  const [images, , , channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth, results] = dy.shape as [number, number, number, number];
  const side = transforms.output.length;
  const sums = range(channels).map(() => range(results).map(() => square(transforms.input.length, () => 0)));
  forEachTile(images, outHeight, outWidth, transforms, (image, tileRow, tileColumn) => {
    const slopes = range(results).map((k) =>
      both(
        transposed(transforms.output),
        square(side, (i, j) => pixel(dy, image, tileRow * side + i, tileColumn * side + j, k)),
      ),
    );
    for (let c = 0; c < channels; c++) {
      const tile = tileAtPoints(x, image, tileRow, tileColumn, c, corner, transforms);
      for (const [k, slope] of slopes.entries()) addProducts(sums[c]![k]!, tile, slope);
    }
  });
  const taps = transforms.filter[0]!.length;
  const gradient = new Float64Array(taps ** 2 * channels * results);
  sums.forEach((ofChannel, c) => {
    ofChannel.forEach((ofResult, k) => {
      both(transposed(transforms.filter), ofResult).forEach((line, i) => {
        line.forEach((value, j) => {
          gradient[((taps * i + j) * channels + c) * results + k] = value;
        });
      });
    });
  });
  return gradient;
}

function tileAtPoints(
  x: Values,
  image: number,
  tileRow: number,
  tileColumn: number,
  channel: number,
  { top, left }: { readonly top: number; readonly left: number },
  { input, inputStep }: Transforms,
): number[][] {
  const [row, column] = [tileRow * inputStep - top, tileColumn * inputStep - left];
  return both(
    input,
    square(input[0]!.length, (i, j) => pixel(x, image, row + i, column + j, channel)),
  );
}

function addProducts(sums: number[][], a: Matrix, b: Matrix): void {
  sums.forEach((line, i) => {
    for (let j = 0; j < line.length; j++) line[j]! += a[i]![j]! * b[i]![j]!;
  });
}

function kernelAtPoints({ shape, values }: Values, channel: number, result: number, { filter }: Transforms) {
  const [side, , channels, results] = shape as [number, number, number, number];
  return both(
    filter,
    square(side, (i, j) => values[((side * i + j) * channels + channel) * results + result]!),
  );
}

function forEachTile(
  images: number,
  height: number,
  width: number,
  { output }: Transforms,
  visit: (image: number, tileRow: number, tileColumn: number) => void,
): void {
  for (let image = 0; image < images; image++) {
    for (let row = 0; row * output.length < height; row++) {
      for (let column = 0; column * output.length < width; column++) visit(image, row, column);
    }
  }
}

/** A pixel's channel, 0 beyond the edges. */
function pixel(
  { shape, values }: Values,
  image: number,
  row: number,
  column: number,
  channel: number,
): number {
  const [, height, width, channels] = shape as [number, number, number, number];
  if (row < 0 || row >= height || column < 0 || column >= width) return 0;
  return values[((image * height + row) * width + column) * channels + channel]!;
}

/** M·T·Mᵀ. */
function both(matrix: Matrix, tile: Matrix): number[][] {
  const half = matrix.map((row) => tile[0]!.map((_, j) => sum(row.map((m, i) => m * tile[i]![j]!))));
  return half.map((line) => matrix.map((row) => sum(row.map((m, j) => m * line[j]!))));
}

function transposed(matrix: Matrix): number[][] {
  return matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));
}

function square(side: number, entry: (row: number, column: number) => number): number[][] {
  return range(side).map((row) => range(side).map((column) => entry(row, column)));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
