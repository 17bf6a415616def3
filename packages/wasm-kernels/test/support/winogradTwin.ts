import type { Values } from './bothBackends.js';

type Matrix = readonly (readonly number[])[];

/** The three transforms of F(4×4, 3×3): of a tile of the input, of the kernel, and of the products. */
export type Transforms = { readonly input: Matrix; readonly filter: Matrix; readonly output: Matrix };

/** Exact, at the points 0, 1, −1, ½, −2, ∞: their product is the convolution itself. */
export const exact: Transforms = {
  input: [
    [1, -1.5, -2, 1.5, 1, 0],
    [0, -1, 0.5, 2.5, 1, 0],
    [0, 1, -2.5, 0.5, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 0.5, -1, -0.5, 1, 0],
    [0, 1, -1.5, -2, 1.5, 1],
  ],
  filter: [
    [1, 0, 0],
    [1 / 3, 1 / 3, 1 / 3],
    [-1 / 3, 1 / 3, -1 / 3],
    [-16 / 15, -8 / 15, -4 / 15],
    [1 / 15, -2 / 15, 4 / 15],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 0.5, -2, 0],
    [0, 1, 1, 0.25, 4, 0],
    [0, 1, -1, 0.125, -8, 1],
  ],
};

/**
 * What the terms amount to before anything cancels: for bounds on the rounding. The kernels' shared
 * subexpressions meet d2 or d1 twice with opposite signs, so that some entries are above those of |Bᵀ|.
 */
export const magnitude: Transforms = {
  input: [
    [1, 1.5, 2, 1.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 2, 1, 2, 1, 0],
    [0, 0.5, 1, 0.5, 1, 0],
    [0, 1, 1.5, 2, 1.5, 1],
  ],
  filter: exact.filter.map((row) => row.map(Math.abs)),
  output: exact.output.map((row) => row.map(Math.abs)),
};

/** A stride-1 convolution of x, framed by `top` and `left` zeros, through transforms. */
export function convolveByTiles(
  x: Values,
  filter: Values,
  { top, left, outHeight, outWidth }: { top: number; left: number; outHeight: number; outWidth: number },
  transforms: Transforms,
): Float64Array {
  const [images, , , channels] = x.shape as [number, number, number, number];
  const results = filter.shape[3]!;
  const kernels = range(channels).map((c) =>
    range(results).map((k) => kernelAtPoints(filter, c, k, transforms)),
  );
  const y = new Float64Array(images * outHeight * outWidth * results);
  forEachTile(images, outHeight, outWidth, (image, row, column) => {
    const tiles = range(channels).map((c) =>
      both(
        transforms.input,
        square(6, (i, j) => pixel(x, image, row + i - top, column + j - left, c)),
      ),
    );
    for (let k = 0; k < results; k++) {
      const products = square(6, () => 0);
      for (const [c, tile] of tiles.entries()) addProducts(products, tile, kernels[c]![k]!);
      both(transforms.output, products).forEach((line, i) => {
        line.forEach((value, j) => {
          if (row + i >= outHeight || column + j >= outWidth) return;
          y[((image * outHeight + row + i) * outWidth + column + j) * results + k] = value;
        });
      });
    }
  });
  return y;
}

/** The gradient of that convolution by its 3×3 kernel, through transforms. */
export function filterGradientByTiles(
  x: Values,
  dy: Values,
  { top, left }: { top: number; left: number },
  transforms: Transforms,
): Float64Array {
  const [images, , , channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth, results] = dy.shape as [number, number, number, number];
  const sums = range(channels).map(() => range(results).map(() => square(6, () => 0)));
  forEachTile(images, outHeight, outWidth, (image, row, column) => {
    const slopes = range(results).map((k) =>
      both(
        transposed(transforms.output),
        square(4, (i, j) => pixel(dy, image, row + i, column + j, k)),
      ),
    );
    for (let c = 0; c < channels; c++) {
      const tile = both(
        transforms.input,
        square(6, (i, j) => pixel(x, image, row + i - top, column + j - left, c)),
      );
      for (const [k, slope] of slopes.entries()) addProducts(sums[c]![k]!, tile, slope);
    }
  });
  const gradient = new Float64Array(9 * channels * results);
  sums.forEach((ofChannel, c) => {
    ofChannel.forEach((ofResult, k) => {
      both(transposed(transforms.filter), ofResult).forEach((line, i) => {
        line.forEach((value, j) => {
          gradient[((3 * i + j) * channels + c) * results + k] = value;
        });
      });
    });
  });
  return gradient;
}

function addProducts(sums: number[][], a: Matrix, b: Matrix): void {
  sums.forEach((line, i) => {
    for (let j = 0; j < line.length; j++) line[j]! += a[i]![j]! * b[i]![j]!;
  });
}

function kernelAtPoints({ shape, values }: Values, channel: number, result: number, { filter }: Transforms) {
  const [, , channels, results] = shape as [number, number, number, number];
  return both(
    filter,
    square(3, (i, j) => values[((3 * i + j) * channels + channel) * results + result]!),
  );
}

function forEachTile(
  images: number,
  height: number,
  width: number,
  visit: (image: number, row: number, column: number) => void,
): void {
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < height; row += 4) {
      for (let column = 0; column < width; column += 4) visit(image, row, column);
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
