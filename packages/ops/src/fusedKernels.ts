/**
 * Name of the forward kernel that a backend may register to fuse {@link standardize}.
 *
 * Inputs `{ x }`, attributes {@link StandardizeAttrs}; outputs `[y, mean, variance]`: y in x's shape, the
 * biased mean and variance in x's shape without the reduced axes, the variance without ε.
 */
export const standardizeKernelName = 'NormlabStandardize';

/**
 * Name of the backward kernel.
 *
 * Inputs `{ dy, y, variance }` (y and variance as the forward kernel gave them), attributes
 * {@link StandardizeAttrs}; output `dx = (dy − mean dy − y · mean(dy · y)) / √(variance + ε)`, means over the
 * reduced axes. A kernel may instead give `[dx, mean dy, mean(dy · y)]`, the means in the shape of variance:
 * batch norm then takes the gradients of its gain and bias from them, without further passes over dy and y.
 */
export const standardizeGradKernelName = 'NormlabStandardizeGrad';

/** Attributes of both kernels. */
export type StandardizeAttrs = {
  /** The reduced axes, ascending from 0. */
  readonly axes: number[];
  readonly epsilon: number;
};
