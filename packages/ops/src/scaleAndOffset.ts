import { add, clone, mul, reshape, sum, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { byRows } from './byRows.js';
import { isNestedGradient, withGradient } from './withGradient.js';

type MaybeAffine = { readonly scale: Tensor1D | undefined; readonly offset: Tensor1D | undefined };

/**
 * γ · y + β over the last axis, with the closed-form gradients dy · γ, Σ dy · y and Σ dy; returns y if both are absent.
 */
export function scaleAndOffset<T extends Tensor>(y: T, { scale, offset }: AffineParams): T {
  if (scale === undefined && offset === undefined) return y;
  if (isNestedGradient()) return affine(y, { scale, offset });
  const inputs = [y, scale, offset].filter((input) => input !== undefined);
  return withGradient<T>(inputs, (save) => {
    if (scale !== undefined) save([y, scale]);
    const gradient = (dy: T, [y, scale]: Tensor[]) =>
      tidy(() => [
        scale === undefined ? clone(dy) : byRows(dy, (rows) => mul(rows, scale)),
        ...(scale === undefined ? [] : [sumPerChannel(mul(dy, y!))]),
        ...(offset === undefined ? [] : [sumPerChannel(dy)]),
      ]);
    return { value: affine(y, { scale, offset }), gradient };
  });
}

/** γ · y + β computed with tfjs's ops; a new tensor. */
export function affine<T extends Tensor>(y: T, { scale, offset }: MaybeAffine): T {
  return byRows(y, (rows) => {
    const scaled = scale === undefined ? rows : mul(rows, scale);
    return offset === undefined ? scaled : add(scaled, offset);
  });
}

function sumPerChannel(x: Tensor): Tensor {
  const channels = x.shape[x.rank - 1]!;
  const rows = x.size / channels;
  return sum(reshape(x, [rows, channels]), 0);
}
