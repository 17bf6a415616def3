import type { TileForm } from '../tiledConvolution.js';
import { gamma } from './roundoff.js';

/** Magnitudes with a shape. */
export type Magnitudes = { readonly shape: readonly number[]; readonly values: Float64Array };

/** Where tiles lie. */
export type TileGrid = {
  /** Rows and columns of the results. */
  readonly results: readonly [number, number];
  /** Rows, and columns, from a tile of inputs to the next. */
  readonly step: number;
  /** Rows and columns of the first tile that lie before the first row and column: of inputs, and of results. */
  readonly inputBefore: readonly [number, number];
  readonly resultBefore: readonly [number, number];
  /** Products per channel in the sum at a point, P. */
  readonly productsPerChannel: number;
};

/**
 * The largest errors of the sums of a tiled convolution, from the magnitudes of its factors.
 *
 * A term passes through the three transforms, a product and the sum of P products of each of D channels, so the error
 * of a tile's results is at most γ_{PD+r}·|Aᵀ|[(|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A|, where r is the number of roundings of
 * transforms and product (Higham 2002, Lemma 3.1). All inputs of a tile count for each of its results, also those outside
 * the result's window: they cancel only in exact arithmetic.
 */
export function tiledErrors(
  input: Magnitudes,
  kernel: Magnitudes,
  algorithm: TileForm,
  roundoff: number,
  grid: TileGrid = sameGrid(input, algorithm),
): Float64Array {
  const [batch, , , inputs] = input.shape as [number, number, number, number];
  const [height, width] = grid.results;
  const outputs = kernel.shape[3]!;
  const { tile, inputSide, points, taps } = sidesOf(algorithm);
  const kernels = eachPair(inputs, outputs, (d, c) =>
    transformed(algorithm.kernel, kernelAt(kernel, d, c), taps),
  );
  const factor = gamma(grid.productsPerChannel * inputs + algorithm.roundings, roundoff);
  const errors = new Float64Array(batch * height * width * outputs);
  forEachTile(batch, grid, tile, (n, top, left, inputTop, inputLeft) => {
    const tiles = Array.from({ length: inputs }, (_, d) =>
      transformed(algorithm.input, window(input, n, inputTop, inputLeft, d, inputSide), inputSide),
    );
    for (let c = 0; c < outputs; c++) {
      const products = new Float64Array(points ** 2);
      for (let d = 0; d < inputs; d++) addProducts(products, tiles[d]!, kernels[d]![c]!);
      const results = transformed(algorithm.output, products, points);
      for (let i = 0; i < tile && top + i < height; i++)
        for (let j = 0; j < tile && left + j < width; j++) {
          if (top + i < 0 || left + j < 0) continue;
          errors[((n * height + top + i) * width + left + j) * outputs + c] = factor * results[i * tile + j]!;
        }
    }
  });
  return errors;
}

/**
 * The same for the gradient with respect to the filter, whose sums are over all tiles:
 * γ_{tiles+r}·|Gᵀ|[(|Bᵀ||x||B|) ⊙ (|A||dy||Aᵀ|)]|G|.
 */
export function tiledKernelGradientErrors(
  input: Magnitudes,
  dy: Magnitudes,
  algorithm: TileForm,
  roundoff: number,
  grid: TileGrid = sameGrid(input, algorithm),
): Float64Array {
  const [batch, , , inputs] = input.shape as [number, number, number, number];
  const outputs = dy.shape[3]!;
  const { tile, inputSide, points, taps } = sidesOf(algorithm);
  const sums = eachPair(inputs, outputs, () => new Float64Array(points ** 2));
  const back = transposed(algorithm.output);
  let tiles = 0;
  forEachTile(batch, grid, tile, (n, top, left, inputTop, inputLeft) => {
    tiles++;
    const slopes = Array.from({ length: outputs }, (_, c) =>
      transformed(back, window(dy, n, top, left, c, tile), tile),
    );
    for (let d = 0; d < inputs; d++) {
      const x = transformed(algorithm.input, window(input, n, inputTop, inputLeft, d, inputSide), inputSide);
      for (let c = 0; c < outputs; c++) addProducts(sums[d]![c]!, x, slopes[c]!);
    }
  });
  const factor = gamma(tiles + algorithm.roundings, roundoff);
  const errors = new Float64Array(taps ** 2 * inputs * outputs);
  const backToTaps = transposed(algorithm.kernel);
  for (let d = 0; d < inputs; d++)
    for (let c = 0; c < outputs; c++)
      transformed(backToTaps, sums[d]![c]!, points).forEach((each, tap) => {
        errors[(tap * inputs + d) * outputs + c] = factor * each;
      });
  return errors;
}

/** [i, j, d, c] → [r − 1 − i, r − 1 − j, c, d]: the filter of the gradient with respect to the input. */
export function turned({ shape, values }: Magnitudes): Magnitudes {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const result = new Float64Array(values.length);
  const lastTap = height * width - 1;
  for (let tap = 0; tap <= lastTap; tap++)
    for (let d = 0; d < inputs; d++)
      for (let c = 0; c < outputs; c++)
        result[((lastTap - tap) * outputs + c) * inputs + d] = values[(tap * inputs + d) * outputs + c]!;
  return { shape: [height, width, outputs, inputs], values: result };
}

/** Along an axis: the results of a tile, its inputs, its points, and the filter's taps. */
function sidesOf({ input, output, kernel }: TileForm) {
  return {
    tile: output.length,
    inputSide: input[0]!.length,
    points: kernel.length,
    taps: kernel[0]!.length,
  };
}

/** The tiles of a SAME convolution with stride 1. */
function sameGrid({ shape }: Magnitudes, { output, kernel }: TileForm): TileGrid {
  const before = (kernel[0]!.length - 1) / 2;
  return {
    results: [shape[1]!, shape[2]!],
    step: output.length,
    inputBefore: [before, before],
    resultBefore: [0, 0],
    productsPerChannel: 1,
  };
}

/** M·T·Mᵀ for a square matrix T. */
function transformed(
  matrix: readonly (readonly number[])[],
  square: Float64Array,
  side: number,
): Float64Array {
  const rows = matrix.length;
  const half = new Float64Array(rows * side);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < side; k++)
      for (let j = 0; j < side; j++) half[i * side + j]! += matrix[i]![k]! * square[k * side + j]!;
  const result = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++)
      for (let k = 0; k < side; k++) result[i * rows + j]! += half[i * side + k]! * matrix[j]![k]!;
  return result;
}

function transposed(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));
}

function addProducts(sums: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += a[i]! * b[i]!;
}

function eachPair<T>(inputs: number, outputs: number, make: (d: number, c: number) => T): T[][] {
  return Array.from({ length: inputs }, (_, d) => Array.from({ length: outputs }, (__, c) => make(d, c)));
}

function kernelAt({ shape, values }: Magnitudes, d: number, c: number): Float64Array {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  return Float64Array.from({ length: height * width }, (_, tap) => values[(tap * inputs + d) * outputs + c]!);
}

/** A square of one channel, 0 beyond the edges. */
function window(
  { shape, values }: Magnitudes,
  n: number,
  top: number,
  left: number,
  channel: number,
  side: number,
): Float64Array {
  const [, height, width, channels] = shape as [number, number, number, number];
  return Float64Array.from({ length: side * side }, (_, at) => {
    const [h, w] = [top + Math.floor(at / side), left + (at % side)];
    if (h < 0 || h >= height || w < 0 || w >= width) return 0;
    return values[((n * height + h) * width + w) * channels + channel]!;
  });
}

/** Calls `visit` with a tile's image, the first row and column of its results, and those of its inputs. */
function forEachTile(
  batch: number,
  { results: [height, width], step, inputBefore, resultBefore }: TileGrid,
  tile: number,
  visit: (n: number, top: number, left: number, inputTop: number, inputLeft: number) => void,
): void {
  const rows = Math.ceil((height + resultBefore[0]) / tile);
  const columns = Math.ceil((width + resultBefore[1]) / tile);
  for (let n = 0; n < batch; n++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        visit(
          n,
          row * tile - resultBefore[0],
          column * tile - resultBefore[1],
          row * step - inputBefore[0],
          column * step - inputBefore[1],
        );
}
