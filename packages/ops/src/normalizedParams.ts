import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The learned scale γ and offset β of a normalization over chosen axes.
 *
 * Each has either the normalized shape (the lengths of the axes, in ascending order: one value per element that is
 * normalized together, as in PyTorch, ONNX and Keras) or the shape [C] (one value per channel). A parameter that is
 * left out is fixed at 1 (scale) or 0 (offset), costs nothing and is never learned.
 */
export type NormalizedParams = {
  /** γ */
  readonly scale?: Tensor;
  /** β */
  readonly offset?: Tensor;
};

/**
 * The axes of x along which a parameter varies: the last axis for a parameter of shape [C], else all normalized axes.
 * If only one axis, other than the last, is normalized, a vector has the normalized shape.
 */
export function paramAxes(param: Tensor, axes: readonly number[], rank: number): readonly number[] {
  return param.rank === 1 && axes.length > 1 ? [rank - 1] : axes;
}
