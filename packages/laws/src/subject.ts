import type { Network } from './network.js';
import type { TiledConvolution } from './tiledConvolution.js';
import type { Values, Variables } from './values.js';

/** A result, or a promise of it: values on a GPU can only be read asynchronously. */
export type Eventually<T> = T | Promise<T>;

/** How precisely a subject computes. */
export type Precision = {
  /** Relative error of one rounding; default 2⁻²⁴, float32. */
  readonly unitRoundoff?: number;
  /** Tiled algorithms that convolutions with stride 1 may use; by default all convolutions are direct sums. */
  readonly tiledConvolutions?: readonly TiledConvolution[];
};

/** The sets of values over which a subject normalizes. */
export type Normalizes = {
  /** The set of the i-th value of a shape, by a number from 0 without gaps; default: its channel, as batch norm. */
  sets?(shape: readonly number[]): (i: number) => number;
  /** Whether the mean is subtracted, as it is not in RMS norm; true by default. */
  readonly centred?: boolean;
};

/** γ and β, shape [C] each. */
export type Affine<V = Values> = { readonly scale: V; readonly offset: V };

/** Running mean and variance, shape [C] each. */
export type Statistics<V = Values> = { readonly mean: V; readonly variance: V };

/** A function after a normalization: f in law 15. */
export type Nonlinearity = 'relu' | 'prelu' | 'maxPool' | 'tanh';

/** Images [N, H, W, C] and their classes. */
export type LabelledBatch<V = Values> = { readonly images: V; readonly labels: readonly number[] };

export type SgdOptions = {
  readonly learningRate: number;
  /** λ of λ/2·‖W‖², its gradient added to that of the loss. */
  readonly weightDecay: number;
  readonly momentum: number;
};

/** Variables W and their velocities v, by the same paths. */
export type SgdState<V = Values> = { readonly params: Variables<V>; readonly velocity: Variables<V> };

/**
 * All operations of a subject, over any kind of values: `Values` for the subject under test, values with the largest
 * float32 error for `trackedSubject`. `Scalar` is the type of a loss.
 */
export type Operations<V, Scalar = V> = {
  /** ŷ = (x − μ)/√(σ² + ε), μ and σ² (biased) over all axes but the last, or the sets that the subject names. */
  standardize(x: V, epsilon: number): Eventually<V>;
  /** ∂⟨dy, ŷ⟩/∂x of `standardize`. */
  standardizeGradient(x: V, dy: V, epsilon: number): Eventually<V>;
  /** The batch's mean and biased variance, shape [C] each. */
  statistics(x: V): Eventually<Statistics<V>>;
  /** BN_{1,0}(Wu + b): a dense layer for a kernel of rank 2, a SAME convolution of stride 1 for rank 4. */
  normalizedLayer(u: V, kernel: V, bias: V, epsilon: number): Eventually<V>;
  /** The gradients of ⟨dy, BN_{1,0}(Wu + b)⟩. */
  normalizedLayerGradient(
    u: V,
    kernel: V,
    bias: V,
    dy: V,
    epsilon: number,
  ): Eventually<{ readonly u: V; readonly kernel: V; readonly bias: V }>;
  /** γŷ + β with the batch's statistics. */
  batchNorm(x: V, affine: Affine<V>, epsilon: number): Eventually<V>;
  /** The gradients of ⟨dy, γŷ + β⟩. */
  batchNormGradient(
    x: V,
    affine: Affine<V>,
    dy: V,
    epsilon: number,
  ): Eventually<Affine<V> & { readonly x: V }>;
  /** Running statistics updated with a batch: the fraction `decay` of the old is kept. */
  moveStatistics(x: V, statistics: Statistics<V>, decay: number): Eventually<Statistics<V>>;
  /** ∂(Σ new running mean + Σ new running variance)/∂x, which must be 0: statistics carry no gradient. */
  statisticsGradient(x: V, statistics: Statistics<V>, decay: number): Eventually<V>;
  /** γ(x − μ)/√(v + ε) + β with given statistics. */
  batchNormInfer(x: V, affine: Affine<V>, statistics: Statistics<V>, epsilon: number): Eventually<V>;
  /** Wu + b over the last axis of u. */
  linear(u: V, kernel: V, bias: V): Eventually<V>;
  /** Kernel and bias of a linear layer fused with the batch norm after it. */
  fold(
    kernel: V,
    bias: V,
    affine: Affine<V>,
    statistics: Statistics<V>,
    epsilon: number,
  ): Eventually<{ readonly kernel: V; readonly bias: V }>;
  /** f(γŷ + β) ∗ W; `prelu` with slope ¼ for every channel, `maxPool` 2×2 of stride 2 (rank 4). */
  activatedLayer(
    x: V,
    affine: Affine<V>,
    nonlinearity: Nonlinearity,
    kernel: V,
    epsilon: number,
  ): Eventually<V>;
  /** Mean cross-entropy after a last layer z [N, H, W, K], `relu(BN_{1,0}(z))` and a global mean. */
  reluHeadLoss(z: V, labels: readonly number[], epsilon: number): Eventually<Scalar>;
  /** The same with `tanh(z)`. */
  tanhHeadLoss(z: V, labels: readonly number[]): Eventually<Scalar>;
  /** A network's training loss and its gradients. */
  lossAndGradients(
    network: Network,
    params: Variables<V>,
    batch: LabelledBatch<V>,
  ): Eventually<{ readonly loss: Scalar; readonly gradients: Variables<V> }>;
  /** Logits [N, K] in training. */
  logits(network: Network, params: Variables<V>, images: V): Eventually<V>;
  /** One step of v ← m·v + g + λW, W ← W − ηv; at m = 0 the velocity may be anything. */
  sgdStep(state: SgdState<V>, gradients: Variables<V>, options: SgdOptions): Eventually<SgdState<V>>;
};

export type OperationName = keyof Operations<Values>;

/** A subject on which laws that need these operations can be checked: a small record of functions on plain arrays. */
export type Subject<Name extends OperationName = OperationName> = Precision &
  Normalizes &
  Pick<Operations<Values, number>, Name>;
