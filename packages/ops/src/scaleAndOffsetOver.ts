import { type Rank, reshape, type Tensor, type Tensor1D, transpose } from '@tensorflow/tfjs-core';
import { type NormalizedParams, paramAxes } from './normalizedParams.js';
import { scaleAndOffset } from './scaleAndOffset.js';

/** γ · y + β for parameters with the shape of the normalized axes, or [C]; returns y if both are absent. */
export function scaleAndOffsetOver<T extends Tensor>(
  y: T,
  { scale, offset }: NormalizedParams,
  axes: readonly number[],
): T {
  const haveOneShape = scale !== undefined && offset !== undefined && scale.rank === offset.rank;
  if (haveOneShape) return alongAxes(y, { scale, offset }, paramAxes(scale, axes, y.rank));
  const scaled = scale === undefined ? y : alongAxes(y, { scale }, paramAxes(scale, axes, y.rank));
  return offset === undefined ? scaled : alongAxes(scaled, { offset }, paramAxes(offset, axes, y.rank));
}

/** The parameters as vectors over the last axis of rows [M, P]; y is transposed to such rows if needed. */
function alongAxes<T extends Tensor>(y: T, { scale, offset }: NormalizedParams, axes: readonly number[]): T {
  const others = y.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  const isInOrder = order.every((axis, index) => axis === index);
  const ordered = isInOrder ? y : transpose(y, order);
  const size = axes.reduce((product, axis) => product * y.shape[axis]!, 1);
  const vectors = {
    ...(scale !== undefined && { scale: vector(scale) }),
    ...(offset !== undefined && { offset: vector(offset) }),
  };
  const rows = scaleAndOffset(reshape<Rank.R2>(ordered, [-1, size]), vectors);
  const shifted = reshape<Rank>(rows, ordered.shape);
  return (isInOrder ? shifted : transpose(shifted, inverse(order))) as T;
}

function vector(param: Tensor): Tensor1D {
  return param.rank === 1 ? (param as Tensor1D) : reshape<Rank.R1>(param, [-1]);
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}
