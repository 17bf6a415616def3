import type { StandardizeAttrs } from '@normlab/kernels';
import { clone, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { standardizeBackward } from './standardizeBackward.js';
import { composedForward, type Standardized, standardizeForward } from './standardizeForward.js';
import { isNestedGradient, withGradientAndConstants, withoutGradient } from './withGradient.js';

/** `standardize` without its checks, for the operations built on it; `attrs.axes` are non-negative and ascending. */
export function standardizeCore<T extends Tensor>(x: T, attrs: StandardizeAttrs): Standardized<T> {
  if (isNestedGradient()) return nestedStandardize(x, attrs);
  const { value, constants } = withGradientAndConstants<T>([x], (save) => {
    const { y, mean, variance } = standardizeForward(x, attrs);
    save([y, variance]);
    return {
      value: y,
      constants: [mean, variance],
      gradient: (dy, [y, variance]) => [
        tidy(() => standardizeBackward({ dy, y: y!, variance: variance! }, attrs).dx),
      ],
    };
  });
  return { y: value, mean: constants[0]!, variance: constants[1]! };
}

/** For gradients of gradients: uses only tfjs's ops. */
export function nestedStandardize<T extends Tensor>(x: T, attrs: StandardizeAttrs): Standardized<T> {
  const { y, mean, variance } = composedForward(x, attrs);
  return {
    y,
    mean: withoutGradient(() => clone(mean)),
    variance: withoutGradient(() => clone(variance)),
  };
}
