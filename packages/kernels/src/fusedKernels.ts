import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The fused kernels: one row per kernel that a backend may register, with its inputs, attributes and outputs.
 *
 * `T` is the tensor type: `Tensor` to run a kernel, tfjs's `TensorInfo` to implement one.
 * All tensors are float32 unless a kernel says otherwise. Greek letters: μ and σ² for mean and biased variance, γ and
 * β for `scale` and `offset`.
 */
export type FusedKernels<T = Tensor> = {
  /**
   * y = (x − μ)/√(σ² + ε) over `axes`.
   *
   * Shapes: y as x; mean and variance as x without the reduced axes. The variance is biased and does not include ε.
   */
  readonly NormlabStandardize: {
    readonly inputs: { readonly x: T };
    readonly attrs: StandardizeAttrs;
    readonly outputs: [y: T, mean: T, variance: T];
  };

  /**
   * The gradient of `NormlabStandardize`: dx = (dy − mean dy − y·mean(dy·y))/√(σ² + ε), means over `axes`.
   *
   * `y` and `variance` are outputs of the forward kernel. The two means in the equation are outputs too, in the shape
   * of `variance`: the gradients of a scale and an offset follow from them without another pass over dy and y.
   */
  readonly NormlabStandardizeGrad: {
    readonly inputs: { readonly dy: T; readonly y: T; readonly variance: T };
    readonly attrs: StandardizeAttrs;
    readonly outputs: [dx: T, meanOfDy: T, meanOfDyTimesY: T];
  };

  /**
   * Batch norm in training, the update of its running statistics, and a ReLU after it if `activation` is `relu`.
   *
   * y = γ·x̂ + β, or max(0, γ·x̂ + β), with x̂ = (x − μ)/√(σ² + ε) over all axes but the last;
   * running′ = decay·running + (1 − decay)·batch. An absent scale is 1, an absent offset 0.
   *
   * Shapes: x and y [..., C]; `mean` and `variance` (the running statistics), `scale`, `offset` [C]. `kept` and `table`
   * are for the same backend's gradient kernel, in a format private to the two kernels.
   */
  readonly NormlabBatchNorm: {
    readonly inputs: {
      readonly x: T;
      readonly mean: T;
      readonly variance: T;
      readonly scale?: T;
      readonly offset?: T;
    };
    readonly attrs: BatchNormAttrs;
    readonly outputs: [y: T, movedMean: T, movedVariance: T, kept: T, table: T];
  };

  /**
   * The gradient of `NormlabBatchNorm`: with δ = dy (with a ReLU: 0 where γ·x̂ + β ≤ 0 and dy elsewhere),
   * dx = γ/√(σ² + ε)·(δ − mean δ − x̂·mean(δ·x̂)), dscale = Σ δ·x̂, doffset = Σ δ.
   *
   * Shapes: dx as dy; dscale and doffset [C].
   */
  readonly NormlabBatchNormGrad: {
    readonly inputs: { readonly dy: T; readonly kept: T; readonly table: T };
    readonly attrs: Omit<BatchNormAttrs, 'decay'>;
    readonly outputs: [dx: T, dScale: T, dOffset: T];
  };

  /**
   * The mean cross-entropy of softmax(logits) with the true classes, and its gradient with respect to the logits.
   *
   * Shapes: logits and slope [N, K], labels [N] int32, the loss a scalar. A label outside [0, K) counts as no class.
   */
  readonly NormlabSoftmaxCrossEntropy: {
    readonly inputs: { readonly logits: T; readonly labels: T };
    readonly attrs: NoAttrs;
    readonly outputs: [loss: T, slope: T];
  };

  /**
   * The number of rows of the logits whose largest entry, the first of equal ones, is that of the row's label.
   *
   * Shapes: logits [N, K], labels [N] int32, the count a float32 scalar. No gradient flows through it.
   */
  readonly NormlabCountCorrect: {
    readonly inputs: { readonly logits: T; readonly labels: T };
    readonly attrs: NoAttrs;
    readonly outputs: [count: T];
  };

  /** The sum of all entries of all inputs, a scalar; the inputs may have any names and shapes. */
  readonly NormlabTotal: {
    readonly inputs: Readonly<Record<string, T>>;
    readonly attrs: NoAttrs;
    readonly outputs: [total: T];
  };

  /**
   * One step of SGD for all variables: g̃ = g + λ·w, v′ = m·v + g̃, w′ = w − η·v′, or with `nesterov`
   * w′ = w − η·(g̃ + m·v′).
   *
   * The lists have one entry for each variable, and its tensors have its shape. All new variables come first, then all
   * new velocities.
   */
  readonly NormlabSgdMomentumStep: {
    readonly inputs: {
      readonly params: readonly T[];
      readonly grads: readonly T[];
      readonly velocities: readonly T[];
    };
    readonly attrs: SgdMomentumAttrs;
    readonly outputs: T[];
  };

  /**
   * One step of AdamW for all variables: m′ = β₁·m + (1 − β₁)·g, v′ = β₂·v + (1 − β₂)·g²,
   * w′ = kept·w − stepSize·m′/(√v′/rootCorrection + ε).
   *
   * The lists have one entry for each variable, and its tensors have its shape. All new variables come first, then all
   * new first moments, then all new second moments.
   */
  readonly NormlabAdamWStep: {
    readonly inputs: {
      readonly params: readonly T[];
      readonly grads: readonly T[];
      readonly firstMoments: readonly T[];
      readonly secondMoments: readonly T[];
    };
    readonly attrs: AdamWAttrs;
    readonly outputs: T[];
  };

  /** The gradient of ReLU: 0 where y ≤ 0, else dy, so that NaN is not silenced. */
  readonly NormlabReluGrad: {
    readonly inputs: { readonly dy: T; readonly y: T };
    readonly attrs: NoAttrs;
    readonly outputs: [dx: T];
  };

  /** The gradient of PReLU with respect to x: dy where x > 0, else α·dy; α repeats over the leading axes of x. */
  readonly NormlabPreluGrad: {
    readonly inputs: { readonly dy: T; readonly x: T; readonly alpha: T };
    readonly attrs: NoAttrs;
    readonly outputs: [dx: T];
  };

  /** 0 where x > 0, else x·dy: the terms whose sum is the gradient of PReLU with respect to α. */
  readonly NormlabPreluSlopeTerms: {
    readonly inputs: { readonly dy: T; readonly x: T };
    readonly attrs: NoAttrs;
    readonly outputs: [terms: T];
  };
};

export type FusedKernelName = keyof FusedKernels;

export type StandardizeAttrs = {
  /** The reduced axes, ascending from 0. */
  readonly axes: readonly number[];
  readonly epsilon: number;
};

export type BatchNormAttrs = {
  readonly epsilon: number;
  /** The weight of the old running statistics. */
  readonly decay: number;
  readonly activation: 'identity' | 'relu';
};

export type SgdMomentumAttrs = {
  /** η */
  readonly learningRate: number;
  /** m */
  readonly momentum: number;
  /** λ of each variable. */
  readonly weightDecays: readonly number[];
  readonly nesterov: boolean;
};

type AdamWAttrs = {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** η/(1 − β₁ᵗ) */
  readonly stepSize: number;
  /** √(1 − β₂ᵗ) */
  readonly rootCorrection: number;
  /** 1 − η·λ of each variable: the fraction of it that the decay keeps. */
  readonly kept: readonly number[];
};

export type NoAttrs = Readonly<Record<never, never>>;

/**
 * How many nested gradients may be active around a call of the kernel.
 *
 * Inside one gradient, only kernels whose caller provides a gradient (`customGrad`), or through which none flows, may
 * run: tfjs cannot differentiate a kernel that it does not know. Inside two, as in the gradient of a gradient, no kernel
 * may run: the tensors that `customGrad` saves are not on the outer tape, so the result would be silently wrong.
 */
export const gradientsAround: Readonly<Record<FusedKernelName, 0 | 1>> = {
  NormlabStandardize: 1,
  NormlabStandardizeGrad: 0,
  NormlabBatchNorm: 1,
  NormlabBatchNormGrad: 0,
  NormlabSoftmaxCrossEntropy: 1,
  NormlabCountCorrect: 1,
  NormlabTotal: 0,
  NormlabSgdMomentumStep: 0,
  NormlabAdamWStep: 0,
  NormlabReluGrad: 0,
  NormlabPreluGrad: 0,
  NormlabPreluSlopeTerms: 0,
};

/** The names of all fused kernels. */
export const fusedKernelNames = Object.keys(gradientsAround) as readonly FusedKernelName[];
