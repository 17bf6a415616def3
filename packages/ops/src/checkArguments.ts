import { OptionError, ShapeError } from '@normlab/errors';
import { Tensor } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { type NormalizedParams, paramAxes } from './normalizedParams.js';
import type { RunningStats } from './runningStats.js';

/** @throws ShapeError unless `tensor` is a live, non-empty float32 tensor with at least `minimumRank` axes. */
export function checkTensor(
  where: string,
  what: string,
  tensor: Tensor,
  { minimumRank }: { minimumRank: number },
): void {
  checkFloatTensor(where, what, tensor);
  if (tensor.rank < minimumRank) {
    throw new ShapeError({
      where,
      what,
      rule: `have rank ≥ ${minimumRank}, channels last`,
      got: tensor.shape,
    });
  }
  if (tensor.size === 0) {
    throw new ShapeError({ where, what, rule: 'hold at least one element', got: tensor.shape });
  }
}

/** @throws ShapeError unless `tensor` is a live float32 tensor of shape [C], C the last axis of `of`. */
export function checkChannels(
  where: string,
  what: string,
  tensor: Tensor,
  { of, name }: { of: Tensor; name: string },
): void {
  checkFloatTensor(where, what, tensor);
  const channels = of.shape[of.rank - 1];
  if (tensor.rank !== 1 || tensor.shape[0] !== channels) {
    throw new ShapeError({
      where,
      what,
      rule: `have shape [C] with C = ${channels} (the last axis of ${name})`,
      got: tensor.shape,
    });
  }
}

/**
 * @throws ShapeError unless `params` is a record whose scale and offset, if present, are [C]; OptionError if it holds
 *   anything else
 */
export function checkAffine(where: string, params: AffineParams, of: { of: Tensor; name: string }): void {
  const { scale, offset } = namedParams(where, params);
  if (scale !== undefined) checkChannels(where, 'scale', scale, of);
  if (offset !== undefined) checkChannels(where, 'offset', offset, of);
}

function namedParams<T extends Tensor>(
  where: string,
  params: { readonly scale?: T; readonly offset?: T },
): { readonly scale: T | undefined; readonly offset: T | undefined } {
  checkRecord(where, 'params', params, 'hold scale and offset, either of which may be left out');
  const { scale, offset, ...others } = params;
  checkOptions(where, others, ['scale', 'offset']);
  return { scale, offset };
}

/**
 * @throws ShapeError unless `params` is a record whose scale and offset, if present, have the shape of the normalized
 *   axes of x, or [C] if that is not ambiguous; OptionError if it holds anything else
 */
export function checkNormalized(
  where: string,
  params: NormalizedParams,
  { x, axes }: { x: Tensor; axes: readonly number[] },
): void {
  const named = namedParams(where, params);
  const last = x.rank - 1;
  const channels = `[C] with C = ${x.shape[last]} (the last axis of x)`;
  const normalized = axes.map((axis) => x.shape[axis]!);
  const own = `[${normalized.join(', ')}] (axes [${axes.join(', ')}] of x)`;
  // The axes ascend: the first is the last axis of x only if it is alone.
  const isLast = axes[0] === last;
  const allowed = isLast ? channels : axes.length === 1 ? own : `${own} or ${channels}`;
  for (const [what, param] of Object.entries(named)) {
    if (param === undefined) continue;
    checkFloatTensor(where, what, param);
    const expected = paramAxes(param, axes, x.rank).map((axis) => x.shape[axis]!);
    if (param.rank !== expected.length || expected.some((length, axis) => length !== param.shape[axis])) {
      throw new ShapeError({ where, what, rule: `have shape ${allowed}`, got: param.shape });
    }
  }
}

/** @throws ShapeError unless `stats` is a record whose mean and variance are [C]. */
export function checkStats(where: string, stats: RunningStats, of: { of: Tensor; name: string }): void {
  checkRecord(where, 'stats', stats, 'hold mean and variance');
  checkChannels(where, 'stats.mean', stats.mean, of);
  checkChannels(where, 'stats.variance', stats.variance, of);
}

/**
 * As `refuseOthers` of @normlab/errors, with a list of all names as its hint: operations have few, and pages that load a
 * single operation do not load the search for the nearest name.
 *
 * @throws OptionError if an option is left that the operation does not have
 */
export function checkOptions(
  where: string,
  others: Readonly<Record<string, never>>,
  names: readonly string[],
): void {
  for (const name of Object.keys(others)) {
    const hint = `valid names: ${names.join(', ')}`;
    throw new OptionError({ where, what: `"${name}"`, rule: 'be an option', hint });
  }
}

/** @throws OptionError unless ε is a finite number ≥ 0. */
export function checkEpsilon(where: string, epsilon: number): void {
  if (!(Number.isFinite(epsilon) && epsilon >= 0)) {
    throw new OptionError({ where, what: 'epsilon', rule: 'be a finite number ≥ 0', got: epsilon });
  }
}

/** @throws OptionError unless decay is in [0, 1]. */
export function checkDecay(where: string, decay: number): void {
  if (!(Number.isFinite(decay) && decay >= 0 && decay <= 1)) {
    throw new OptionError({
      where,
      what: 'decay',
      rule: 'be in [0, 1]',
      got: decay,
      hint: 'the weight of the old running statistic: 1 − PyTorch’s momentum',
    });
  }
}

/**
 * The axes as ascending indices from 0; negative ones count from the end.
 *
 * @throws OptionError unless they are one or more distinct axes of a tensor of that rank
 */
export function checkAxes(where: string, axes: readonly number[], rank: number): number[] {
  const rule = `hold one or more different axes of x, integers in [${-rank}, ${rank})`;
  const fits = (axis: number) => Number.isInteger(axis) && axis >= -rank && axis < rank;
  if (!Array.isArray(axes) || axes.length === 0 || !axes.every(fits)) {
    throw new OptionError({ where, what: 'axes', rule, got: axes });
  }
  const ascending = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  if (new Set(ascending).size !== ascending.length) {
    throw new OptionError({ where, what: 'axes', rule, got: axes });
  }
  return ascending;
}

/**
 * @throws ShapeError unless `record` is an object of named arguments; a caller in JavaScript may pass something else.
 */
export function checkRecord(where: string, what: string, record: unknown, rule: string): void {
  if (typeof record !== 'object' || record === null || record instanceof Tensor) {
    throw new ShapeError({ where, what, rule, got: record instanceof Tensor ? 'a tensor' : record });
  }
}

function checkFloatTensor(where: string, what: string, tensor: Tensor): void {
  if (!(tensor instanceof Tensor)) {
    throw new ShapeError({ where, what, rule: 'be a tensor', got: tensor });
  }
  if (tensor.isDisposed) {
    throw new ShapeError({ where, what, rule: 'not be disposed' });
  }
  if (tensor.dtype !== 'float32') {
    throw new ShapeError({
      where,
      what,
      rule: 'have dtype float32',
      got: tensor.dtype,
      hint: 'cast it first',
    });
  }
}
