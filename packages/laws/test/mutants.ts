import type { faults } from '../src/faults/faults.js';
import { type Parts, rightParts, sum } from './plain/parts.js';

/** Faulty subjects by the name of their fault, each with the parts that are wrong. */
export const mutants: Readonly<Record<keyof typeof faults, Partial<Parts>>> = {
  'ε outside the root': { inverseDeviation: (variance, epsilon) => 1 / (Math.sqrt(variance) + epsilon) },
  'ε forgotten': { inverseDeviation: (variance) => 1 / Math.sqrt(variance) },
  'ε squared': { inverseDeviation: (variance, epsilon) => 1 / Math.sqrt(variance + epsilon * epsilon) },
  'ε a lower limit of the variance': {
    inverseDeviation: (variance, epsilon) => 1 / Math.sqrt(Math.max(variance, epsilon)),
  },
  'unbiased variance': { variance: (x, mean) => (rightParts.variance(x, mean) * x.length) / (x.length - 1) },
  'variance in one pass of float32': {
    variance(x, mean) {
      const squares = x.reduce((total, each) => Math.fround(total + Math.fround(each * each)), 0);
      return Math.max(0, Math.fround(squares / x.length) - Math.fround(mean * mean));
    },
  },
  'deviation for variance': { inverseDeviation: (variance, epsilon) => 1 / (variance + epsilon) },
  'mean by m + 1': { mean: (x) => sum(x) / (x.length + 1) },
  'sign lost': { normalized: (d, inverse) => d.map((each) => Math.sign(d[0]!) * each * inverse) },
  'weights by magnitude': { kernelUsed: (kernel) => kernel.map(Math.abs) },
  'axis off by one': {
    groups(shape) {
      // Per image rather than per channel.
      const size = shape.reduce((a, b) => a * b, 1);
      const rows = shape[0]!;
      return Array.from({ length: rows }, (_, n) =>
        Array.from({ length: size / rows }, (_, i) => (n * size) / rows + i),
      );
    },
  },
  'statistics per half of the batch': {
    groups: (shape) =>
      rightParts.groups(shape).flatMap((indices) => {
        const half = Math.ceil(indices.length / 2);
        return indices.length < 4 ? [indices] : [indices.slice(0, half), indices.slice(half)];
      }),
  },
  'mean δ dropped': {
    backward: (dy, y, inverse) => dy.map((d, i) => inverse * (d - y[i]! * meanProduct(dy, y))),
  },
  'ŷ·mean(δŷ) dropped': { backward: (dy, _, inverse) => dy.map((d) => inverse * (d - sum(dy) / dy.length)) },
  'statistics taken for constants': { backward: (dy, _, inverse) => dy.map((d) => inverse * d) },
  '1/s dropped': {
    backward: (dy, y, inverse) => scaled(rightParts.backward(dy, y, inverse, 0), 1 / inverse),
  },
  '1/s twice': { backward: (dy, y, inverse) => scaled(rightParts.backward(dy, y, inverse, 0), inverse) },
  'ŷ without ε in the gradient': {
    backward(dy, y, inverse, epsilon) {
      const variance = 1 / inverse ** 2 - epsilon;
      const grown = variance > 0 ? 1 / Math.sqrt(variance) / inverse : 1;
      return rightParts.backward(dy, scaled(y, grown), inverse, epsilon);
    },
  },
  'mean by m − 1 in the gradient': {
    backward: (dy, y, inverse) =>
      dy.map(
        (d, i) => inverse * (d - (sum(dy) + y[i]! * sum(dy.map((e, j) => e * y[j]!))) / (dy.length - 1)),
      ),
  },
  'gain forgotten in the gradient': { throughGain: (dy) => dy },
  'dγ = Σδ': { scaleGradient: (dy) => sum(dy) },
  'dβ = mean δ': { offsetGradient: (dy) => sum(dy) / dy.length },
  'bias before gain': { affine: (y, scale, offset) => scale * (y + offset) },
  'gain by magnitude': { affine: (y, scale, offset) => Math.abs(scale) * y + offset },
  'decay swapped with 1 − decay': { keep: (old, batch, decay) => (1 - decay) * old + decay * batch },
  'running variance unbiased': { runningVariance: (variance, m) => (variance * m) / (m - 1) },
  'statistics leaking gradient': { leak: (x) => 1e-3 * x },
  'inference without the mean': { infer: (x, _, inverse, scale, offset) => scale * x * inverse + offset },
  'inference by variance': {
    infer: (x, mean, inverse, scale, offset) => scale * (x - mean) * inverse ** 2 + offset,
  },
  'folding without the bias': {
    foldedBias: (_, mean, scale, inverse, offset) => offset - mean * scale * inverse,
  },
  'folding without the mean': {
    foldedBias: (bias, _, scale, inverse, offset) => bias * scale * inverse + offset,
  },
  'folding without the gain': { foldedKernel: (w, _, inverse) => w * inverse },
  'tiles that do not see each other': {
    reaches: (result, input) => Math.floor(result / 4) === Math.floor(input / 4),
  },
  'kernel gradient of the wrong sign': { kernelGradient: (gradient) => -gradient },
  'kernel gradient with L2 in it': { kernelGradient: (gradient) => gradient + 1e-2 },
  'bias gradient not 0': { biasGradient: (total) => total + 1e-2 },
  'leaky relu with offset': { relu: (x) => Math.max(0.1, x) },
  'softplus for prelu': { prelu: (x) => Math.log1p(Math.exp(x)) },
  'pooling by the sum': { pooled: (total) => total },
  'a gain on the last norm': { headNorm: (y) => 1.05 * y },
  'loss summed over the batch': { meanLoss: (total) => total },
  'input offset': { image: (x) => x + 0.1 },
  'input clipped': { image: (x) => Math.min(1, Math.max(-1, x)) },
  'network with an ε of its own': { networkEpsilon: () => 1e-3 },
  'L2 of the wrong sign': {
    velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + g - weightDecay * w,
  },
  'L2 times λ twice': {
    velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + g + 2 * weightDecay * w,
  },
  'decay decoupled from momentum': {
    velocity: (v, g, _, { momentum }) => momentum * v + g,
    stepped: (w, v, { learningRate, weightDecay }) => w - learningRate * (v + weightDecay * w),
  },
  'momentum dampened': {
    velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + (1 - momentum) * (g + weightDecay * w),
  },
  'learning rate inside the velocity': {
    velocity: (v, g, w, { momentum, weightDecay, learningRate }) =>
      momentum * v + learningRate * (g + weightDecay * w),
    stepped: (w, v) => w - v,
  },
  'Nesterov unasked': {
    stepped: (w, v, { learningRate, momentum }) => w - learningRate * (1 + momentum) * v,
  },
  'a step the wrong way': { stepped: (w, v, { learningRate }) => w + learningRate * v },
  'a step that is normalized': { stepped: (w, v, { learningRate }) => w - learningRate * Math.sign(v) },
};

function meanProduct(dy: readonly number[], y: readonly number[]): number {
  return sum(dy.map((d, i) => d * y[i]!)) / dy.length;
}

function scaled(values: readonly number[], factor: number): number[] {
  return values.map((each) => each * factor);
}
