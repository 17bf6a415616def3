type Matrix = readonly (readonly number[])[];

/**
 * A 3×3 convolution of stride 1 that goes by tiles, by Winograd's minimal filtering, as far as bounds need to know it:
 *
 *     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,   dg = Gᵀ[(Bᵀ d B) ⊙ (A dy Aᵀ)]G,
 *
 * for every tile of m×m results y, its (m + 2)×(m + 2) inputs d and the 3×3 kernel g, the products summed over channels
 * (for dg over tiles). The gradient by the input is the first with the kernel turned by half a turn. Tiles begin at the
 * first pixel.
 *
 * The matrices are magnitudes: what the terms of a transform amount to before anything cancels. They are |Bᵀ|, |G| and
 * |Aᵀ|, or more where an implementation adds and takes away the same term.
 *
 * The first paper: Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks".
 */
export type TiledConvolution = {
  /** |Bᵀ|, (m + 2)×(m + 2). */
  readonly input: Matrix;
  /** |G|, (m + 2)×3. */
  readonly kernel: Matrix;
  /** |Aᵀ|, m×(m + 2). */
  readonly output: Matrix;
  /** Roundings that a term meets at most in all three transforms and its product; the sum's come on top. */
  readonly roundings: number;
  /** Whether a convolution by a kernel [3, 3, D, C] may go by tiles. It may also be summed directly: bounds hold for both. */
  covers(kernelShape: readonly number[]): boolean;
};
