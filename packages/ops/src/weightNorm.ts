import {
  div,
  mul,
  type Rank,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkChannels, checkTensor } from './checkArguments.js';
import { slicesOf } from './slices.js';
import { isNestedGradient, withGradient } from './withGradient.js';

/**
 * A kernel computed from its direction and its length, one length per output channel.
 *
 * `w = g · v / ‖v‖`, the norm over all axes but the last. With δ the gradient of w: `dg = Σ δ · v / ‖v‖`,
 * `dv = g / ‖v‖ · (δ − dg · v / ‖v‖)`.
 *
 * Shapes: direction (v) [in, C] or [kh, kw, in, C], any rank ≥ 2; scale (g) [C]; w as direction.
 *
 * Numerics: with m the fan-in, sums of squares must fit float32: √m · |v| < 1.8e19; beyond that w is 0, without an
 * error. |v| < 1.1e-19 · √m loses digits. A direction of zeros gives 0 / 0 = NaN. Gradients of any order.
 *
 * Ownership: inputs are neither disposed nor returned; w belongs to the caller.
 *
 * Source: Salimans & Kingma 2016, equation 2, and equation 3 for the gradients.
 *
 * @throws ShapeError if direction is not a live, non-empty float32 tensor of rank ≥ 2, or scale is not [C]
 *
 * @example
 * ```ts
 * const w = weightNorm(tensor2d([[3, 0], [4, 2]]), tensor1d([10, -1]));
 * // w = [[6, 0], [8, -1]]
 * ```
 */
export function weightNorm<T extends Tensor>(direction: T, scale: Tensor1D): T {
  const where = 'weightNorm';
  checkTensor(where, 'direction', direction, { minimumRank: 2 });
  checkChannels(where, 'scale', scale, { of: direction, name: 'direction' });
  return tidy(() => scaledDirection(direction, scale));
}

function scaledDirection<T extends Tensor>(direction: T, scale: Tensor1D): T {
  const slices = slicesOf(
    direction.shape,
    Array.from({ length: direction.rank - 1 }, (_, axis) => axis),
  );
  const fanIn = direction.size / scale.size;
  const sum = (x: Tensor) => mul(slices.mean(x), fanIn);
  const close = (opened: Tensor) => reshape<Rank>(opened, direction.shape) as T;
  const compute = () => {
    const opened = slices.open(direction);
    const norm = sqrt(sum(square(opened)));
    const unit = div(opened, norm);
    return { norm, unit, value: close(mul(unit, scale)) };
  };
  if (isNestedGradient()) return compute().value;
  return withGradient<T>([direction, scale], (save) => {
    const { norm, unit, value } = compute();
    save([norm, unit, scale]);
    const gradient = (dw: T, [norm, unit, scale]: Tensor[]) =>
      tidy(() => {
        const along = sum(mul(slices.open(dw), unit!));
        const across = sub(slices.open(dw), mul(unit!, along));
        return [close(mul(across, div(scale!, norm!))), reshape(along, scale!.shape)];
      });
    return { value, gradient };
  });
}
