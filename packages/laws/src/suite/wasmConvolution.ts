import type { TiledConvolution } from '../tiledConvolution.js';

/**
 * How `@normlab/wasm-kernels` computes 3×3 convolutions of stride 1 whose channels come in fours, where their images
 * are large enough: by Winograd's F(4×4, 3×3) at the points 0, 1, −1, ½, −2, ∞.
 *
 * Its transform of the input shares terms that are met twice with opposite signs, which leaves some of these entries
 * above those of |Bᵀ|. A term meets at most four roundings in each of two directions of three transforms, two rounded
 * constants of the kernel's (thirds and fifteenths), and its product: 27.
 */
export const wasmConvolution: TiledConvolution = {
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
