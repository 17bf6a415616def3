import type { StridedTiles } from '../tiledConvolution.js';
import { hasFullVectors } from './wasmConvolutions.js';

const filter = [
  [1, 0, 0],
  [0.5, 0, 0.5],
  [0.5, 0, 0.5],
  [0, 0, 1],
  [0, 0.5, 0],
  [0, 0.5, 0],
  [0, 1, 0],
];

/**
 * Of a term: one rounding in the transform of the input, two in each of the other two, in both directions; all constants
 * are powers of two. And its product: 11.
 */
const roundings = 2 * (1 + 2 + 2) + 1;

/**
 * How `@normlab/wasm-kernels` may compute 3×3 convolutions with stride 2 if the channels are multiples of four: 3×3
 * results from tiles of 7×7 inputs. Even pixels use F(3, 2) at the points 0, 1, −1, ∞, odd pixels the same points without
 * 0. The two share three points, so up to two products per axis, four in all, are added before the transform of the
 * sums.
 */
export const wasmStridedTiles: StridedTiles = {
  forward: {
    input: [
      [1, 0, 0, 0, 1, 0, 0],
      [0, 0, 1, 0, 1, 0, 0],
      [0, 0, 1, 0, 1, 0, 0],
      [0, 0, 1, 0, 0, 0, 1],
      [0, 1, 0, 1, 0, 0, 0],
      [0, 1, 0, 1, 0, 0, 0],
      [0, 1, 0, 0, 0, 1, 0],
    ],
    kernel: filter,
    output: [
      [1, 1, 1, 0, 1, 1, 0],
      [0, 1, 1, 0, 1, 1, 0],
      [0, 1, 1, 1, 1, 1, 1],
    ],
    roundings,
  },
  backward: {
    input: [
      [1, 0, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 0, 1],
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 0, 1],
    ],
    kernel: filter,
    output: [
      [1, 1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 0],
      [0, 1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 0],
      [0, 1, 1, 1, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 1],
    ],
    roundings,
  },
  productsPerChannel: 4,
  covers: hasFullVectors,
};
