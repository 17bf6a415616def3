import type { TiledConvolution } from '../tiledConvolution.js';

/**
 * F(4×4, 3×3) at the points 0, 1, −1, ½, −2, ∞.
 *
 * The kernels' transform of the input shares terms that occur twice with opposite signs, so some of these entries are
 * larger than those of |Bᵀ|. A term has at most four roundings in each of two directions of three transforms, two
 * rounded constants of the filter's transform (thirds and fifteenths), and its product: 27.
 */
const four: TiledConvolution = {
  input: [
    [1, 1.5, 2, 1.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 2, 1, 2, 1, 0],
    [0, 0.5, 1, 0.5, 1, 0],
    [0, 1, 1.5, 2, 1.5, 1],
  ],
  kernel: [
    [1, 0, 0],
    [1 / 3, 1 / 3, 1 / 3],
    [1 / 3, 1 / 3, 1 / 3],
    [16 / 15, 8 / 15, 4 / 15],
    [1 / 15, 2 / 15, 4 / 15],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, 1, 0.5, 2, 0],
    [0, 1, 1, 0.25, 4, 0],
    [0, 1, 1, 0.125, 8, 1],
  ],
  roundings: 3 * 2 * 4 + 2 + 1,
  covers: hasFullVectors,
};

/** F(6×6, 3×3) at the points 0, ±1, ±2, ±½, ∞; the same number of roundings as F(4×4, 3×3). */
const six: TiledConvolution = {
  input: [
    [1, 0, 5.25, 0, 5.25, 0, 1, 0],
    [0, 1, 1, 4.25, 4.25, 1, 1, 0],
    [0, 1, 1, 4.25, 4.25, 1, 1, 0],
    [0, 0.5, 0.25, 2.5, 1.25, 2, 1, 0],
    [0, 0.5, 0.25, 2.5, 1.25, 2, 1, 0],
    [0, 2, 4, 2.5, 5, 0.5, 1, 0],
    [0, 2, 4, 2.5, 5, 0.5, 1, 0],
    [0, 1, 0, 5.25, 0, 5.25, 0, 1],
  ],
  kernel: [
    [1, 0, 0],
    [2 / 9, 2 / 9, 2 / 9],
    [2 / 9, 2 / 9, 2 / 9],
    [1 / 90, 1 / 45, 2 / 45],
    [1 / 90, 1 / 45, 2 / 45],
    [32 / 45, 16 / 45, 8 / 45],
    [32 / 45, 16 / 45, 8 / 45],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 2, 2, 1 / 2, 1 / 2, 0],
    [0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0],
    [0, 1, 1, 8, 8, 1 / 8, 1 / 8, 0],
    [0, 1, 1, 16, 16, 1 / 16, 1 / 16, 0],
    [0, 1, 1, 32, 32, 1 / 32, 1 / 32, 1],
  ],
  roundings: 3 * 2 * 4 + 2 + 1,
  covers: isDeep,
};

/** F(4×4, 5×5) at the points of F(6×6, 3×3); the same number of roundings. */
const five: TiledConvolution = {
  input: six.input,
  kernel: [
    [1, 0, 0, 0, 0],
    [2 / 9, 2 / 9, 2 / 9, 2 / 9, 2 / 9],
    [2 / 9, 2 / 9, 2 / 9, 2 / 9, 2 / 9],
    [1 / 90, 1 / 45, 2 / 45, 4 / 45, 8 / 45],
    [1 / 90, 1 / 45, 2 / 45, 4 / 45, 8 / 45],
    [32 / 45, 16 / 45, 8 / 45, 4 / 45, 2 / 45],
    [32 / 45, 16 / 45, 8 / 45, 4 / 45, 2 / 45],
    [0, 0, 0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 2, 2, 1 / 2, 1 / 2, 0],
    [0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0],
    [0, 1, 1, 8, 8, 1 / 8, 1 / 8, 1],
  ],
  roundings: 3 * 2 * 4 + 2 + 1,
  covers: isDeep,
};

/**
 * How `@normlab/wasm-kernels` may compute convolutions with stride 1 if the channels are multiples of four: 3×3 ones with
 * tiles of 4×4 results, or of 6×6 if there are sixteen channels or more; 5×5 ones with tiles of 4×4, if there are
 * sixteen. It uses the fastest of these and the direct sum.
 */
export const wasmConvolutions: readonly [TiledConvolution, TiledConvolution, TiledConvolution] = [
  four,
  six,
  five,
];

/** Whether both numbers of channels are multiples of four, as a filter's tiles need. */
export function hasFullVectors([, , inputs, outputs]: readonly number[]): boolean {
  return inputs! % 4 === 0 && outputs! % 4 === 0;
}

function isDeep(kernelShape: readonly number[]): boolean {
  return hasFullVectors(kernelShape) && Math.min(...kernelShape.slice(2)) >= 16;
}
