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

/**
 * Name of the forward kernel that a backend may register to make one of batch norm, the step of its running
 * statistics, and a ReLU behind it.
 *
 * Inputs `{ x, mean, variance, scale?, offset? }`, x [..., C] and the running statistics and parameters [C];
 * attributes {@link BatchNormAttrs}. Outputs `[y, mean', variance', kept, frame]`: y = γ·x̂ + β, or max(0, γ·x̂ + β), in
 * x's shape; the running statistics moved on, `decay · old + (1 − decay) · batch`, [C]; and, in two tensors of any
 * form, what the kernel's own backward one wants to see of all this.
 */
export const batchNormKernelName = 'NormlabBatchNorm';

/**
 * Name of the backward kernel.
 *
 * Inputs `{ dy, kept, frame }`, the last two being those outputs of the forward kernel; attributes
 * `{ epsilon, activation }`; outputs `[dx, dscale, doffset]`. With δ = dy, or, for ReLU, dy where
 * γ·x̂ + β > 0 and 0 elsewhere: `dx = γ / √(variance + ε) · (δ − mean δ − x̂ · mean(δ · x̂))`, `dscale = Σ δ · x̂`,
 * `doffset = Σ δ`, over all axes but the last.
 */
export const batchNormGradKernelName = 'NormlabBatchNormGrad';

/** Attributes of the forward kernel of batch norm. */
export type BatchNormAttrs = {
  readonly epsilon: number;
  readonly decay: number;
  readonly activation: 'identity' | 'relu';
};
