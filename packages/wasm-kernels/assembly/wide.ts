/**
 * Whether this is the wide build, whose pairs of neighbouring vectors the engine joins to vectors of 256 bits.
 *
 * Products are then computed in tiles of 4 × 16 sums: joined, these take 8 of the processor's 16 registers, and the sums of
 * a smaller tile would wait for each other. Without joining they would take all 16, and have to be moved to memory and
 * back, so tiles are 4 × 8 in the other builds. Each sum has the same terms in the same order, and so the same bits.
 */
// @ts-ignore: defined by the option --use of scripts/buildKernels.js
export const IS_WIDE: bool = isDefined(WIDE);
