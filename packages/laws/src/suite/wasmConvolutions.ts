import type { TiledConvolution } from '../tiledConvolution.js';

/**
 * F(4×4, 3×3) at the points 0, 1, −1, ½, −2, ∞.
 *
 * The kernels' transform of the input shares terms that are met twice with opposite signs, which leaves some of these
 * entries above those of |Bᵀ|. A term meets at most four roundings in each of two directions of three transforms, two
 * rounded constants of the kernel's (thirds and fifteenths), and its product: 27.
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
  covers: ([, , inputs, outputs]) => inputs! % 4 === 0 && outputs! % 4 === 0,
};

/** F(6×6, 3×3) at the points 0, ±1, ±2, ±½, ∞; roundings as of F(4×4, 3×3). */
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
  covers: ([, , inputs, outputs]) =>
    four.covers([3, 3, inputs!, outputs!]) && Math.min(inputs!, outputs!) >= 16,
};

/**
 * How `@normlab/wasm-kernels` may compute 3×3 convolutions of stride 1: by tiles of 4×4 results where channels come in
 * fours, or of 6×6 where there are sixteen or more; which, if any, is decided by what takes the least time.
 */
export const wasmConvolutions: readonly [TiledConvolution, TiledConvolution] = [four, six];
