import type { Network } from './network.js';
import type { TiledConvolution } from './tiledConvolution.js';
import type { Values } from './values.js';
import type { Variables } from './variables.js';

/** A result, or the promise of one: a GPU hands its values over later. */
export type Eventually<T> = T | Promise<T>;

/** How precisely a subject computes. */
export type Precision = {
  /** Relative error of one rounding; default 2⁻²⁴, float32. */
  readonly unitRoundoff?: number;
  /** How 3×3 convolutions of stride 1 may go, where they may not be direct sums; default: all are. */
  readonly tiledConvolutions?: readonly TiledConvolution[];
};

/** ŷ = (x − μ)/√(σ² + ε), μ and σ² (biased) over all axes but the last. */
export type Standardizer = Precision & {
  standardize(x: Values, epsilon: number): Eventually<Values>;
};

/** ∂⟨dy, ŷ⟩/∂x of a {@link Standardizer}. */
export type StandardizerGradient = Precision & {
  standardizeGradient(x: Values, dy: Values, epsilon: number): Eventually<Values>;
};

/** The batch's mean and biased variance, shape [C] each. */
export type StatisticsSubject = Precision & {
  statistics(x: Values): Eventually<{ readonly mean: Values; readonly variance: Values }>;
};

/** BN_{1,0}(Wu + b): a dense layer for a kernel of rank 2, a SAME convolution of stride 1 for rank 4. */
export type NormalizedLayer = Precision & {
  normalizedLayer(u: Values, kernel: Values, bias: Values, epsilon: number): Eventually<Values>;
};

/** The gradients of ⟨dy, BN_{1,0}(Wu + b)⟩. */
export type NormalizedLayerGradient = Precision & {
  normalizedLayerGradient(
    u: Values,
    kernel: Values,
    bias: Values,
    dy: Values,
    epsilon: number,
  ): Eventually<{ readonly u: Values; readonly kernel: Values; readonly bias: Values }>;
};

/** γ and β, shape [C] each. */
export type Affine = { readonly scale: Values; readonly offset: Values };

/** Running mean and variance, shape [C] each. */
export type Statistics = { readonly mean: Values; readonly variance: Values };

/** γŷ + β by the batch's statistics. */
export type BatchNorm = Precision & {
  batchNorm(x: Values, affine: Affine, epsilon: number): Eventually<Values>;
};

/** The gradients of ⟨dy, γŷ + β⟩. */
export type BatchNormGradient = Precision & {
  batchNormGradient(
    x: Values,
    affine: Affine,
    dy: Values,
    epsilon: number,
  ): Eventually<{ readonly x: Values; readonly scale: Values; readonly offset: Values }>;
};

/** Running statistics moved on by a batch: `decay` of the old is kept. */
export type RunningStatistics = Precision & {
  moveStatistics(x: Values, statistics: Statistics, decay: number): Eventually<Statistics>;
};

/** ∂(Σ new running mean + Σ new running variance)/∂x, which is to be 0: statistics carry no gradient. */
export type StatisticsGradient = Precision & {
  statisticsGradient(x: Values, statistics: Statistics, decay: number): Eventually<Values>;
};

/** γ(x − μ)/√(v + ε) + β by given statistics. */
export type Inference = Precision & {
  batchNormInfer(x: Values, affine: Affine, statistics: Statistics, epsilon: number): Eventually<Values>;
};

/** A linear layer, and its fusion with the batch norm behind it. */
export type Folding = Precision & {
  linear(u: Values, kernel: Values, bias: Values): Eventually<Values>;
  fold(
    kernel: Values,
    bias: Values,
    affine: Affine,
    statistics: Statistics,
    epsilon: number,
  ): Eventually<{ readonly kernel: Values; readonly bias: Values }>;
};

/** What follows a normalization and what it is asked about: f in law 15. */
export type Nonlinearity = 'relu' | 'prelu' | 'maxPool' | 'tanh';

/** f(γŷ + β) ∗ W; `prelu` with slope ¼ for every channel, `maxPool` 2×2 of stride 2 (rank 4). */
export type ActivatedLayer = Precision & {
  activatedLayer(
    x: Values,
    affine: Affine,
    nonlinearity: Nonlinearity,
    kernel: Values,
    epsilon: number,
  ): Eventually<Values>;
};

/** Mean cross-entropy of a last layer [N, H, W, K] behind `relu(BN_{1,0}(·))` or `tanh(·)` and a global mean. */
export type Head = Precision & {
  reluHeadLoss(z: Values, labels: readonly number[], epsilon: number): Eventually<number>;
  tanhHeadLoss(z: Values, labels: readonly number[]): Eventually<number>;
};

/** Images [N, H, W, C] and their classes. */
export type LabelledBatch = { readonly images: Values; readonly labels: readonly number[] };

/** A network's training loss, its gradients, and what it does to the running statistics. */
export type NetworkSubject = Precision & {
  lossAndGradients(
    network: Network,
    params: Variables<Values>,
    batch: LabelledBatch,
  ): Eventually<{ readonly loss: number; readonly gradients: Variables<Values> }>;
};

/** Logits [N, K] in training, and the running statistics moved on from 0 and 1. */
export type NetworkOutput = Precision & {
  logits(network: Network, params: Variables<Values>, images: Values): Eventually<Values>;
};

export type SgdOptions = {
  readonly learningRate: number;
  /** λ of λ/2·‖W‖², its gradient added to that of the loss. */
  readonly weightDecay: number;
  readonly momentum: number;
};

/** Variables W and their velocities v, by the same paths. */
export type SgdState = { readonly params: Variables<Values>; readonly velocity: Variables<Values> };

/** One step of v ← m·v + g + λW, W ← W − ηv; at m = 0 the velocity may be anything. */
export type SgdSubject = Precision & {
  sgdStep(state: SgdState, gradients: Variables<Values>, options: SgdOptions): Eventually<SgdState>;
};

/** A subject that every law can be put to. */
export type CompleteSubject = Standardizer &
  StandardizerGradient &
  StatisticsSubject &
  NormalizedLayer &
  NormalizedLayerGradient &
  BatchNorm &
  BatchNormGradient &
  RunningStatistics &
  StatisticsGradient &
  Inference &
  Folding &
  ActivatedLayer &
  Head &
  NetworkSubject &
  NetworkOutput &
  SgdSubject;
