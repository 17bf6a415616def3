type Matrix = readonly (readonly number[])[];

/**
 * A tiled algorithm for r×r convolutions with stride 1 (Winograd's minimal filtering), described as bounds need it:
 *
 *     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,   dg = Gᵀ[(Bᵀ d B) ⊙ (A dy Aᵀ)]G,
 *
 * for every tile of m×m results y, its n×n inputs d (n = m + r − 1) and the filter g; the products are summed over
 * channels (for dg over tiles). The gradient with respect to the input is the first with the filter rotated by 180°.
 * The first tile begins at the first pixel.
 *
 * The matrices are magnitudes, of the terms of a transform before anything cancels. They are |Bᵀ|, |G| and |Aᵀ|, or
 * larger if an implementation adds and subtracts the same term.
 *
 * Source: Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks".
 */
export type TiledConvolution = TileForm & {
  /**
   * Whether a convolution with a filter [r, r, D, C] may use tiles. It may also be a direct sum: the bounds hold for
   * both.
   */
  covers(kernelShape: readonly number[]): boolean;
};

/** The transforms of a tile. */
export type TileForm = {
  /** |Bᵀ|, a row per point. */
  readonly input: Matrix;
  /** |G|, n×r. */
  readonly kernel: Matrix;
  /** |Aᵀ|, m×n. */
  readonly output: Matrix;
  /** The largest number of roundings of a term in all three transforms and its product, without those of the sum. */
  readonly roundings: number;
};

/**
 * A tiled algorithm for r×r convolutions with stride 2, in the same notation. Even and odd pixels are convolved with
 * different taps, so an input tile has more pixels than points, or fewer, and the gradient with respect to the input has
 * transforms of its own.
 */
export type StridedTiles = {
  readonly forward: TileForm;
  /** The gradient with respect to the input: `input` transforms a tile of dy, `output` gives a tile of the gradient. */
  readonly backward: TileForm;
  /** Products per channel that `forward` adds before the transform of the sums. */
  readonly productsPerChannel: number;
  /** As in {@link TiledConvolution}. */
  covers(kernelShape: readonly number[]): boolean;
};
