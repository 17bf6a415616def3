import type { StandardizeAttrs } from '@normlab/kernels';
import { mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { byRows } from './byRows.js';
import { affine } from './scaleAndOffset.js';
import { standardizeBackward } from './standardizeBackward.js';
import { nestedStandardize, standardizeCore } from './standardizeCore.js';
import { type Standardized, standardizeForward } from './standardizeForward.js';
import { isNestedGradient, withGradientAndConstants } from './withGradient.js';

/**
 * γ · standardize(x) + β for statistics per channel: `attrs.axes` are all axes but the last.
 *
 * As one function, the gradients share their sums: dβ = m · mean dy and dγ = m · mean(dy · x̂) are means that
 * dx needs anyway, so scale and offset cost no further pass over the data.
 */
export function affineStandardize<T extends Tensor>(
  x: T,
  { scale, offset }: AffineParams,
  attrs: StandardizeAttrs,
): Standardized<T> {
  if (scale === undefined && offset === undefined) return standardizeCore(x, attrs);
  if (isNestedGradient()) {
    const { y, ...stats } = nestedStandardize(x, attrs);
    return { y: affine(y, { scale, offset }), ...stats };
  }
  const count = x.size / x.shape[x.rank - 1]!;
  const inputs = [x, scale, offset].filter((input) => input !== undefined);
  const { value, constants } = withGradientAndConstants<T>(inputs, (save) => {
    const { y, mean, variance } = standardizeForward(x, attrs);
    save([y, variance, ...(scale === undefined ? [] : [scale])]);
    const gradient = (dy: T, [y, variance, scale]: Tensor[]) =>
      tidy(() => {
        const { dx, mean, slope } = standardizeBackward({ dy, y: y!, variance: variance! }, attrs);
        return [
          scale === undefined ? dx : byRows(dx, (rows) => mul(rows, scale)),
          ...(scale === undefined ? [] : [mul(slope, count)]),
          ...(offset === undefined ? [] : [mul(mean, count)]),
        ];
      });
    return { value: affine(y, { scale, offset }), constants: [mean, variance], gradient };
  });
  return { y: value, mean: constants[0]!, variance: constants[1]! };
}
