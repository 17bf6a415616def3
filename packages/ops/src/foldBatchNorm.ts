import { clone, mul, neg, sub, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { byRows } from './byRows.js';
import {
  checkAffine,
  checkChannels,
  checkEpsilon,
  checkOptions,
  checkRecord,
  checkStats,
  checkTensor,
} from './checkArguments.js';
import { inverseRoot } from './inverseRoot.js';
import type { RunningStats } from './runningStats.js';
import { affine } from './scaleAndOffset.js';
import { withoutGradient } from './withGradient.js';

/** A convolution or dense layer: its kernel, output channels last, and its bias, which may be absent (0). */
export type FoldableLayer<T extends Tensor = Tensor> = {
  readonly kernel: T;
  /** Shape [C]. */
  readonly bias?: Tensor1D;
};

/** Options of {@link foldBatchNorm}. */
export type FoldBatchNormOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * The kernel and bias of a single layer that equals, at inference, a layer followed by batch norm.
 *
 * `kernel' = kernel · γ / √(σ² + ε)`, `bias' = (bias − μ) · γ / √(σ² + ε) + β`, μ and σ² the running statistics.
 *
 * Shapes: kernel [in, C] or [kh, kw, in, C], any rank ≥ 2; bias, scale, offset and statistics [C].
 *
 * Numerics: equal to `batchNormInfer` after the layer, except for rounding; a mean that is large compared with σ costs
 * precision here, because it is subtracted last. A depthwise kernel [kh, kw, C, 1] must be reshaped to [kh, kw, 1, C]
 * first. The statistics are constants: no gradient flows to them.
 *
 * Ownership: inputs are neither disposed nor returned; both outputs belong to the caller.
 *
 * Source: Jacob et al. 2018, equation 14, from Ioffe & Szegedy 2015, Algorithm 2, line 11.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0
 * @throws ShapeError if kernel is not a live, non-empty float32 tensor of rank ≥ 2, or another tensor is not [C]
 * @throws OptionError if ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const layer = { kernel: tensor2d([[1, 2]]), bias: tensor1d([3, 3]) };
 * const stats = { mean: tensor1d([1, 5]), variance: tensor1d([4, 1]) };
 * const folded = foldBatchNorm(layer, { offset: tensor1d([0, 10]) }, stats, { epsilon: 0 });
 * // folded.kernel = [[0.5, 2]]
 * // folded.bias = [1, 8]
 * ```
 */
export function foldBatchNorm<T extends Tensor>(
  layer: FoldableLayer<T>,
  params: AffineParams,
  stats: RunningStats,
  { epsilon = 1e-5, ...others }: FoldBatchNormOptions = {},
): { kernel: T; bias: Tensor1D } {
  const where = 'foldBatchNorm';
  checkOptions(where, others, ['epsilon']);
  checkRecord(where, 'layer', layer, 'hold a kernel, and a bias that may be left out');
  const { kernel, bias, ...more } = layer;
  checkOptions(where, more, ['kernel', 'bias']);
  const of = { of: kernel, name: 'kernel' };
  checkTensor(where, 'kernel', kernel, { minimumRank: 2 });
  if (bias !== undefined) checkChannels(where, 'bias', bias, of);
  checkAffine(where, params, of);
  checkStats(where, stats, of);
  checkEpsilon(where, epsilon);
  return tidy(() => {
    const { scale, offset } = params;
    const mean = withoutGradient(() => clone(stats.mean));
    const inverse = withoutGradient(() => inverseRoot(stats.variance, epsilon));
    const gain = scale === undefined ? inverse : mul<Tensor1D>(scale, inverse);
    const centred = bias === undefined ? neg(mean) : sub<Tensor1D>(bias, mean);
    return {
      kernel: byRows(kernel, (rows) => mul(rows, gain)),
      bias: affine(centred, { scale: gain, offset }),
    };
  });
}
