import type { Jobs } from '#kernels';

/** The names of the transforms in `assembly/winogradTransforms.ts`. */
export type WinogradTransform = Jobs['winograd_filter']['transform'];

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

/**
 * How a convolution's tiles are transformed, along either axis; see `assembly/winograd.ts`.
 *
 * Of n products the i-th is Σ_j input[i][j]·d(j) · Σ_k filter[i][k]·g(k), and result r is Σ_i output[r][i]·product i.
 * Rows of `input` or columns of `output` beyond the first `inputPoints` or `outputPoints` repeat some of those.
 */
export type TileForm = {
  readonly input: Matrix;
  readonly output: Matrix;
  /** The magnitude of each entry of `input` before cancellation in the kernels' shared terms. */
  readonly inputTerms: Matrix;
  /** Pixels from a tile to the next one. */
  readonly inputStep: number;
  /** Number of values to which a tile's pixels are transformed, and of values at which the products are added. */
  readonly inputPoints: number;
  readonly outputPoints: number;
  /** The programs of these matrices. */
  readonly inputTransform: WinogradTransform;
  readonly outputTransform: WinogradTransform;
};

/**
 * A variant of Winograd's algorithm (also called minimal filtering), which needs fewer products for a convolution with a
 * square filter of a size and a stride: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for each tile d, and the gradient with respect to
 * the filter g is Gᵀ[(Bᵀ d B) ⊙ (A dy Aᵀ)]G, with Bᵀ `input`, G `filter`, Aᵀ `output`.
 */
export type WinogradVariant = {
  readonly stride: 1 | 2;
  readonly filter: Matrix;
  /** The convolution, and its gradient with respect to the input, whose filter is rotated by 180°. */
  readonly forward: TileForm;
  readonly backward: TileForm;
  /** With fewer channels on either side, the larger errors are not worth the saved time. */
  readonly leastChannels: number;
  /**
   * The largest number of roundings of a term in all three transforms along both axes, including those of constants.
   */
  readonly roundings: number;
  /** The programs of G, A and Gᵀ. */
  readonly filterTransform: WinogradTransform;
  readonly gradientTransform: WinogradTransform;
  readonly filterGradientTransform: WinogradTransform;
};

/**
 * F(4×4, 3×3) at the points 0, 1, −1, ½, −2, ∞: 36 products for 16 results, instead of 144 directly.
 *
 * The usual points 0, ±1, ±2, ∞ lose about three bits; ½ and −2, which are each other's negative inverse, lose one and
 * a half (Barabasz et al. 2020 on the choice of points).
 */
const fourForm: TileForm = {
  input: [
    [1, -1.5, -2, 1.5, 1, 0],
    [0, -1, 0.5, 2.5, 1, 0],
    [0, 1, -2.5, 0.5, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 0.5, -1, -0.5, 1, 0],
    [0, 1, -1.5, -2, 1.5, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 0.5, -2, 0],
    [0, 1, 1, 0.25, 4, 0],
    [0, 1, -1, 0.125, -8, 1],
  ],
  // Shared terms contain d2 or d1 twice with opposite signs.
  inputTerms: [
    [1, 1.5, 2, 1.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 1, 2.5, 2.5, 1, 0],
    [0, 2, 1, 2, 1, 0],
    [0, 0.5, 1, 0.5, 1, 0],
    [0, 1, 1.5, 2, 1.5, 1],
  ],
  inputStep: 4,
  inputPoints: 6,
  outputPoints: 6,
  inputTransform: 'input4',
  outputTransform: 'output4',
};

const four: WinogradVariant = {
  stride: 1,
  filter: [
    [1, 0, 0],
    [1 / 3, 1 / 3, 1 / 3],
    [-1 / 3, 1 / 3, -1 / 3],
    [-16 / 15, -8 / 15, -4 / 15],
    [1 / 15, -2 / 15, 4 / 15],
    [0, 0, 1],
  ],
  forward: fourForm,
  backward: fourForm,
  leastChannels: 4,
  // At most 12 in all three transforms along an axis, and a rounded constant.
  roundings: 2 * (12 + 1),
  filterTransform: 'filter4',
  gradientTransform: 'gradient4',
  filterGradientTransform: 'filterGradient4',
};

/**
 * F(6×6, 3×3) at the points 0, ±1, ±2, ±½, ∞: 64 products for 36 results, instead of 324 directly.
 *
 * Among sets of small fractions, these points lose the least precision; its errors are about three times those of
 * F(4×4, 3×3).
 */
const sixInput: Matrix = [
  [1, 0, -5.25, 0, 5.25, 0, -1, 0],
  [0, 1, 1, -4.25, -4.25, 1, 1, 0],
  [0, -1, 1, 4.25, -4.25, -1, 1, 0],
  [0, 0.5, 0.25, -2.5, -1.25, 2, 1, 0],
  [0, -0.5, 0.25, 2.5, -1.25, -2, 1, 0],
  [0, 2, 4, -2.5, -5, 0.5, 1, 0],
  [0, -2, 4, 2.5, -5, -0.5, 1, 0],
  [0, -1, 0, 5.25, 0, -5.25, 0, 1],
];

const sixForm: TileForm = {
  input: sixInput,
  output: [
    [1, 1, 1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 1 / 2, -1 / 2, 0],
    [0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0],
    [0, 1, -1, 8, -8, 1 / 8, -1 / 8, 0],
    [0, 1, 1, 16, 16, 1 / 16, 1 / 16, 0],
    [0, 1, -1, 32, -32, 1 / 32, -1 / 32, 1],
  ],
  inputTerms: magnitudes(sixInput),
  inputStep: 6,
  inputPoints: 8,
  outputPoints: 8,
  inputTransform: 'input6',
  outputTransform: 'output6',
};

const six: WinogradVariant = {
  stride: 1,
  filter: [
    [1, 0, 0],
    [-2 / 9, -2 / 9, -2 / 9],
    [-2 / 9, 2 / 9, -2 / 9],
    [1 / 90, 1 / 45, 2 / 45],
    [1 / 90, -1 / 45, 2 / 45],
    [32 / 45, 16 / 45, 8 / 45],
    [32 / 45, -16 / 45, 8 / 45],
    [0, 0, 1],
  ],
  forward: sixForm,
  backward: sixForm,
  leastChannels: 16,
  // As of F(4×4, 3×3).
  roundings: 2 * (12 + 1),
  filterTransform: 'filter6',
  gradientTransform: 'gradient6',
  filterGradientTransform: 'filterGradient6',
};

/**
 * F(4×4, 5×5) at the points of F(6×6, 3×3), whose transform of the input it shares: 64 products for 16 results, instead
 * of 400 directly.
 */
const fiveForm: TileForm = {
  ...sixForm,
  output: [
    [1, 1, 1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 1 / 2, -1 / 2, 0],
    [0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0],
    [0, 1, -1, 8, -8, 1 / 8, -1 / 8, 1],
  ],
  inputStep: 4,
  outputTransform: 'output5',
};

const five: WinogradVariant = {
  stride: 1,
  filter: [
    [1, 0, 0, 0, 0],
    [-2 / 9, -2 / 9, -2 / 9, -2 / 9, -2 / 9],
    [-2 / 9, 2 / 9, -2 / 9, 2 / 9, -2 / 9],
    [1 / 90, 1 / 45, 2 / 45, 4 / 45, 8 / 45],
    [1 / 90, -1 / 45, 2 / 45, -4 / 45, 8 / 45],
    [32 / 45, 16 / 45, 8 / 45, 4 / 45, 2 / 45],
    [32 / 45, -16 / 45, 8 / 45, -4 / 45, 2 / 45],
    [0, 0, 0, 0, 1],
  ],
  forward: fiveForm,
  backward: fiveForm,
  leastChannels: 16,
  // As of F(4×4, 3×3).
  roundings: 2 * (12 + 1),
  filterTransform: 'filter5',
  gradientTransform: 'gradient5',
  filterGradientTransform: 'filterGradient5',
};

/**
 * Stride 2, as a sum of two convolutions of stride 1: even pixels with the outer taps, odd pixels with the middle tap.
 * Along an axis, 3 results need 4 products for the even pixels, by F(3, 2) at 0, 1, −1, ∞, and 3 for the odd pixels, at
 * the same points except 0, where their polynomial is 0: 49 products for 9 results, instead of 81 directly. The two
 * share their points, so products are added before they are transformed.
 */
const stridedInput: Matrix = [
  [1, 0, 0, 0, -1, 0, 0],
  [0, 0, 1, 0, 1, 0, 0],
  [0, 0, -1, 0, 1, 0, 0],
  [0, 0, -1, 0, 0, 0, 1],
  [0, 1, 0, 1, 0, 0, 0],
  [0, -1, 0, 1, 0, 0, 0],
  [0, -1, 0, 0, 0, 1, 0],
];

const spreadInput: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, -1, 0, 1],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, -1, 0, 1],
];

const strided: WinogradVariant = {
  stride: 2,
  filter: [
    [1, 0, 0],
    [0.5, 0, 0.5],
    [0.5, 0, -0.5],
    [0, 0, 1],
    [0, 0.5, 0],
    [0, -0.5, 0],
    [0, 1, 0],
  ],
  forward: {
    input: stridedInput,
    output: [
      [1, 1, 1, 0, 1, 1, 0],
      [0, 1, -1, 0, 1, -1, 0],
      [0, 1, 1, 1, 1, 1, 1],
    ],
    inputTerms: magnitudes(stridedInput),
    inputStep: 6,
    inputPoints: 7,
    outputPoints: 4,
    inputTransform: 'inputStrided',
    outputTransform: 'outputStrided',
  },
  // Even and odd pixels of the input are separate results of the same values.
  backward: {
    input: spreadInput,
    output: [
      [1, 1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 0],
      [0, 1, -1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, -1, 0],
      [0, 1, 1, 1, 0, 0, 0],
      [0, 0, 0, 0, 1, 1, 1],
    ],
    inputTerms: magnitudes(spreadInput),
    inputStep: 3,
    inputPoints: 4,
    outputPoints: 7,
    inputTransform: 'inputSpread',
    outputTransform: 'outputSpread',
  },
  leastChannels: 4,
  // One in the input's transform, two in each of the others; constants are powers of two.
  roundings: 2 * (1 + 2 + 2),
  filterTransform: 'filterStrided',
  gradientTransform: 'gradientStrided',
  filterGradientTransform: 'filterGradientStrided',
};

/** All variants that the kernels have. */
export const winogradVariants: readonly WinogradVariant[] = [four, six, strided, five];

/** The rows, and columns, of a variant's filter. */
export function filterSide({ filter }: WinogradVariant): number {
  return filter[0]!.length;
}

/** Products are summed over this many channels, or tiles for the gradient with respect to the filter, before the sums are added. */
export const channelBlock = 48;
export const tileBlock = 64;

/** |entry| of every entry. */
export function magnitudes(matrix: Matrix): Matrix {
  return matrix.map((row) => row.map(Math.abs));
}
