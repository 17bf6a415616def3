import type { Network } from '../../src/network.js';
import type { SgdOptions } from '../../src/subject.js';

/** The steps of the plain subject; a mutant can replace each of them. */
export type Parts = {
  /** Flat indices of the values that are normalized together. */
  groups(shape: readonly number[]): number[][];
  mean(values: number[]): number;
  variance(values: number[], mean: number): number;
  inverseDeviation(variance: number, epsilon: number): number;
  /** ŷ from values minus their mean. */
  normalized(differences: number[], inverse: number): number[];
  /** dx of one group. */
  backward(dy: number[], y: number[], inverse: number, epsilon: number): number[];
  /** The gradient with respect to ŷ, if the output is γŷ + β. */
  throughGain(dy: number, gain: number): number;
  scaleGradient(dy: number[], y: number[]): number;
  offsetGradient(dy: number[]): number;
  affine(y: number, scale: number, offset: number): number;
  keep(old: number, batch: number, decay: number): number;
  runningVariance(variance: number, m: number): number;
  /** ∂(statistics)/∂x. */
  leak(x: number): number;
  infer(x: number, mean: number, inverse: number, scale: number, offset: number): number;
  foldedKernel(w: number, scale: number, inverse: number): number;
  foldedBias(bias: number, mean: number, scale: number, inverse: number, offset: number): number;
  /** A layer's kernel as it is used. */
  kernelUsed(kernel: Float64Array): Float64Array;
  /** Whether the result at a row or column depends on the input at another one, in the forward pass. */
  reaches(result: number, input: number): boolean;
  kernelGradient(gradient: number): number;
  inputGradient(gradient: number): number;
  biasGradient(sum: number): number;
  relu(x: number): number;
  reluSlope(x: number): number;
  prelu(x: number): number;
  /** Mean over H·W values that sum to this. */
  pooled(sum: number, area: number): number;
  /** A logit before the loss. */
  logit(x: number): number;
  headNorm(y: number): number;
  /** Mean over the batch. */
  meanLoss(sum: number, batch: number): number;
  /** The input of a network. */
  image(x: number): number;
  networkEpsilon(network: Network): number;
  velocity(v: number, g: number, w: number, options: SgdOptions): number;
  stepped(w: number, v: number, options: SgdOptions): number;
};

/** The correct steps, in float64. */
export const rightParts: Parts = {
  groups(shape) {
    const channels = shape[shape.length - 1]!;
    const size = shape.reduce((a, b) => a * b, 1);
    return Array.from({ length: channels }, (_, c) =>
      Array.from({ length: size / channels }, (_, row) => row * channels + c),
    );
  },
  mean: (values) => sum(values) / values.length,
  variance: (values, mean) => sum(values.map((x) => (x - mean) ** 2)) / values.length,
  inverseDeviation: (variance, epsilon) => 1 / Math.sqrt(variance + epsilon),
  normalized: (differences, inverse) => differences.map((d) => d * inverse),
  // Through the Jacobian ∂ŷⱼ/∂xᵢ = ([i = j] − 1/m − ŷᵢŷⱼ/m)/s, row by row.
  backward: (dy, y, inverse) =>
    y.map((yi, i) => inverse * sum(dy.map((d, j) => d * ((i === j ? 1 : 0) - (1 + yi * y[j]!) / y.length)))),
  throughGain: (dy, gain) => dy * gain,
  scaleGradient: (dy, y) => sum(dy.map((d, i) => d * y[i]!)),
  offsetGradient: (dy) => sum(dy),
  affine: (y, scale, offset) => scale * y + offset,
  keep: (old, batch, decay) => decay * old + (1 - decay) * batch,
  runningVariance: (variance) => variance,
  leak: () => 0,
  infer: (x, mean, inverse, scale, offset) => scale * (x - mean) * inverse + offset,
  foldedKernel: (w, scale, inverse) => w * scale * inverse,
  foldedBias: (bias, mean, scale, inverse, offset) => (bias - mean) * scale * inverse + offset,
  kernelUsed: (kernel) => kernel,
  reaches: () => true,
  kernelGradient: (gradient) => gradient,
  inputGradient: (gradient) => gradient,
  biasGradient: (each) => each,
  relu: (x) => Math.max(0, x),
  reluSlope: (x) => (x > 0 ? 1 : 0),
  prelu: (x) => (x > 0 ? x : x / 4),
  pooled: (total, area) => total / area,
  logit: (x) => x,
  headNorm: (y) => y,
  meanLoss: (total, batch) => total / batch,
  image: (x) => x,
  networkEpsilon: ({ epsilon }) => epsilon,
  velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + g + weightDecay * w,
  stepped: (w, v, { learningRate }) => w - learningRate * v,
};

export function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
