import type { Affine, Statistics } from '../subject.js';
import { gamma, roundings } from './roundoff.js';
import { type Tracked, trackedBy } from './tracked.js';

/**
 * W·g and (b − μ)·g + β with g = γ/√(v + ε) per channel: a linear layer fused with the batch norm after it.
 *
 * With errors e, 1/√(v + ε) is at most r = 1/√(v + ε − e_v), and by convexity off by at most r − 1/√(v + ε). So
 * |g̃| ≤ (|γ| + e_γ)·r and |g̃ − g| ≤ |γ|·(r − 1/√(v + ε)) + e_γ·r; a product W̃g̃ is off by |W||g̃ − g| + e_W|g̃|. Besides,
 * every term has an inverse root and four roundings.
 */
export function trackFold(
  kernel: Tracked,
  bias: Tracked,
  { scale, offset }: Affine<Tracked>,
  { mean, variance }: Statistics<Tracked>,
  epsilon: number,
  roundoff: number,
): { readonly kernel: Tracked; readonly bias: Tracked } {
  const rounding = gamma(roundings.inverseRoot + 4, roundoff);
  const factors = Array.from(scale.value, (each, c) => {
    const inverse = 1 / Math.sqrt(variance.value[c]! + epsilon);
    const least = variance.value[c]! + epsilon - variance.error[c]!;
    const most = 1 / Math.sqrt(least);
    return {
      value: each * inverse,
      error: Math.abs(each) * (most - inverse) + scale.error[c]! * most,
      reach: (Math.abs(each) + scale.error[c]!) * most,
      isBounded: least > 0,
    };
  });
  const factorOf = (i: number) => factors[i % factors.length]!;
  return {
    kernel: trackedBy(
      kernel.shape,
      (i) => kernel.value[i]! * factorOf(i).value,
      (i) => {
        const { error, reach, isBounded } = factorOf(i);
        if (!isBounded) return Infinity;
        const [w, wError] = [Math.abs(kernel.value[i]!), kernel.error[i]!];
        return w * error + wError * reach + rounding * (w + wError) * reach;
      },
    ),
    bias: trackedBy(
      bias.shape,
      (c) => (bias.value[c]! - mean.value[c]!) * factorOf(c).value + offset.value[c]!,
      (c) => {
        const { error, reach, isBounded } = factorOf(c);
        if (!isBounded) return Infinity;
        const moved = bias.error[c]! + mean.error[c]!;
        const terms = Math.abs(bias.value[c]!) + Math.abs(mean.value[c]!) + moved;
        const carried = Math.abs(bias.value[c]! - mean.value[c]!) * error + moved * reach + offset.error[c]!;
        return carried + rounding * (terms * reach + Math.abs(offset.value[c]!) + offset.error[c]!);
      },
    ),
  };
}
