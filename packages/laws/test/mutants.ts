import { type Parts, rightParts, sum } from './plain/parts.js';

/** A faulty subject, and the laws that detect the fault. */
export type Mutant = { readonly parts: Partial<Parts>; readonly killedBy: readonly string[] };

/** Faulty subjects by the name of their fault. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'ε outside the root': {
    parts: { inverseDeviation: (variance, epsilon) => 1 / (Math.sqrt(variance) + epsilon) },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '7-variance',
      '9',
      '15-relu',
      '15-prelu',
      '15-maxPool',
      '18',
    ],
  },
  'ε forgotten': {
    parts: { inverseDeviation: (variance) => 1 / Math.sqrt(variance) },
    killedBy: [
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '7-mean',
      '7-variance',
      '7-range',
      '15-relu',
      '15-prelu',
      '15-maxPool',
      '16-permutation',
      '18',
      'inference',
      '19',
    ],
  },
  'ε squared': {
    parts: { inverseDeviation: (variance, epsilon) => 1 / Math.sqrt(variance + epsilon * epsilon) },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '7-variance',
      '9',
      '18',
    ],
  },
  'ε a lower limit of the variance': {
    parts: { inverseDeviation: (variance, epsilon) => 1 / Math.sqrt(Math.max(variance, epsilon)) },
    killedBy: ['3', '3-affine', '5', '6', '7-variance', '18'],
  },
  'unbiased variance': {
    parts: { variance: (x, mean) => (rightParts.variance(x, mean) * x.length) / (x.length - 1) },
    killedBy: [
      '3',
      '3-affine',
      '5',
      '6',
      '7-variance',
      '7-pair',
      '10',
      '11',
      '13',
      '16-duplicate',
      'statistics',
      'running-statistics',
    ],
  },
  'variance in one pass of float32': {
    parts: {
      variance(x, mean) {
        const squares = x.reduce((total, each) => Math.fround(total + Math.fround(each * each)), 0);
        return Math.max(0, Math.fround(squares / x.length) - Math.fround(mean * mean));
      },
    },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '5',
      '7-variance',
      '7-pair',
      '15-relu',
      '15-prelu',
      '15-maxPool',
      '16-idempotence',
      'statistics',
      'running-statistics',
    ],
  },
  'deviation for variance': {
    parts: { inverseDeviation: (variance, epsilon) => 1 / (variance + epsilon) },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '7-mean',
      '7-variance',
      '7-range',
      '7-pair',
      '8-loss',
      '8-gradient',
      '8-hessian',
      '8-curvature',
      '9',
      '10',
      '11',
      '13',
      '14',
      '15-relu',
      '15-prelu',
      '15-maxPool',
      '16-idempotence',
      '17',
      '18',
      'inference',
      '19',
    ],
  },
  'mean by m + 1': {
    parts: { mean: (x) => sum(x) / (x.length + 1) },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '4-bias',
      '5',
      '6',
      '7-mean',
      '7-variance',
      '7-range',
      '7-pair',
      '10',
      '11',
      '13',
      '16-idempotence',
      '16-duplicate',
      'statistics',
      'running-statistics',
      '19',
    ],
  },
  'sign lost': {
    parts: { normalized: (d, inverse) => d.map((each) => Math.sign(d[0]!) * each * inverse) },
    killedBy: [
      '1',
      '1-batch',
      '1-one-epsilon',
      '3-affine',
      '5',
      '16-idempotence',
      '16-permutation',
      'inference',
    ],
  },
  'weights by magnitude': {
    parts: { kernelUsed: (kernel) => kernel.map(Math.abs) },
    killedBy: ['1', '2', '6', '10', '11', '13', '18'],
  },
  'axis off by one': {
    parts: {
      groups(shape) {
        // Per image rather than per channel.
        const size = shape.reduce((a, b) => a * b, 1);
        const rows = shape[0]!;
        return Array.from({ length: rows }, (_, n) =>
          Array.from({ length: size / rows }, (_, i) => (n * size) / rows + i),
        );
      },
    },
    killedBy: [
      '1',
      '2',
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '4-bias',
      '5',
      '6',
      '7-mean',
      '7-variance',
      '7-range',
      '7-pair',
      '9-statistics',
      '10',
      '11',
      '13',
      '16-idempotence',
      '16-permutation',
      'statistics',
      'running-statistics',
      'inference',
      '19',
    ],
  },
  'statistics per half of the batch': {
    parts: {
      groups: (shape) =>
        rightParts.groups(shape).flatMap((indices) => {
          const half = Math.ceil(indices.length / 2);
          return indices.length < 4 ? [indices] : [indices.slice(0, half), indices.slice(half)];
        }),
    },
    killedBy: [
      '1-batch',
      '1-one-epsilon',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '7-variance',
      '9-statistics',
      '16-permutation',
      '16-duplicate',
      'statistics',
      'running-statistics',
      'inference',
    ],
  },
  'mean δ dropped': {
    parts: {
      backward: (dy, y, inverse) => dy.map((d, i) => inverse * (d - y[i]! * meanProduct(dy, y))),
    },
    killedBy: ['3', '3-affine', '4', '4-bias', '6', '7-pair', '10', '11', '13'],
  },
  'ŷ·mean(δŷ) dropped': {
    parts: { backward: (dy, _, inverse) => dy.map((d) => inverse * (d - sum(dy) / dy.length)) },
    killedBy: ['3', '3-affine', '5', '6', '7-pair', '10', '11', '13'],
  },
  'statistics taken for constants': {
    parts: { backward: (dy, _, inverse) => dy.map((d) => inverse * d) },
    killedBy: ['3', '3-affine', '4', '4-bias', '5', '6', '7-pair', '10', '11', '13'],
  },
  '1/s dropped': {
    parts: { backward: (dy, y, inverse) => scaled(rightParts.backward(dy, y, inverse, 0), 1 / inverse) },
    killedBy: [
      '2',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '8-gradient',
      '8-hessian',
      '8-curvature',
      '9',
      '13',
      '14',
    ],
  },
  '1/s twice': {
    parts: { backward: (dy, y, inverse) => scaled(rightParts.backward(dy, y, inverse, 0), inverse) },
    killedBy: [
      '2',
      '2-batch',
      '3',
      '3-affine',
      '4',
      '5',
      '6',
      '8-gradient',
      '8-hessian',
      '8-curvature',
      '9',
      '13',
      '14',
    ],
  },
  'ŷ without ε in the gradient': {
    parts: {
      backward(dy, y, inverse, epsilon) {
        const variance = 1 / inverse ** 2 - epsilon;
        const grown = variance > 0 ? 1 / Math.sqrt(variance) / inverse : 1;
        return rightParts.backward(dy, scaled(y, grown), inverse, epsilon);
      },
    },
    killedBy: ['2-batch', '3', '3-affine', '5', '6'],
  },
  'mean by m − 1 in the gradient': {
    parts: {
      backward: (dy, y, inverse) =>
        dy.map(
          (d, i) => inverse * (d - (sum(dy) + y[i]! * sum(dy.map((e, j) => e * y[j]!))) / (dy.length - 1)),
        ),
    },
    killedBy: ['3', '3-affine', '4', '4-bias', '5', '6', '7-pair', '10', '11', '13', '16-duplicate'],
  },
  'gain forgotten in the gradient': {
    parts: { throughGain: (dy) => dy },
    killedBy: ['3-affine'],
  },
  'dγ = Σδ': {
    parts: { scaleGradient: (dy) => sum(dy) },
    killedBy: ['3-affine'],
  },
  'dβ = mean δ': {
    parts: { offsetGradient: (dy) => sum(dy) / dy.length },
    killedBy: ['3-affine'],
  },
  'bias before gain': {
    parts: { affine: (y, scale, offset) => scale * (y + offset) },
    killedBy: ['15-relu', '15-prelu', '15-maxPool', 'inference'],
  },
  'gain by magnitude': {
    parts: { affine: (y, scale, offset) => Math.abs(scale) * y + offset },
    killedBy: ['16-idempotence', 'inference'],
  },
  'decay swapped with 1 − decay': {
    parts: { keep: (old, batch, decay) => (1 - decay) * old + decay * batch },
    killedBy: ['running-statistics'],
  },
  'running variance unbiased': {
    parts: { runningVariance: (variance, m) => (variance * m) / (m - 1) },
    killedBy: ['running-statistics'],
  },
  'statistics leaking gradient': {
    parts: { leak: (x) => 1e-3 * x },
    killedBy: ['constant-statistics'],
  },
  'inference without the mean': {
    parts: { infer: (x, _, inverse, scale, offset) => scale * x * inverse + offset },
    killedBy: ['18', 'inference'],
  },
  'inference by variance': {
    parts: { infer: (x, mean, inverse, scale, offset) => scale * (x - mean) * inverse ** 2 + offset },
    killedBy: ['18', 'inference'],
  },
  'folding without the bias': {
    parts: { foldedBias: (_, mean, scale, inverse, offset) => offset - mean * scale * inverse },
    killedBy: ['18'],
  },
  'folding without the mean': {
    parts: { foldedBias: (bias, _, scale, inverse, offset) => bias * scale * inverse + offset },
    killedBy: ['18'],
  },
  'folding without the gain': {
    parts: { foldedKernel: (w, _, inverse) => w * inverse },
    killedBy: ['18'],
  },
  'tiles that do not see each other': {
    parts: { reaches: (result, input) => Math.floor(result / 4) === Math.floor(input / 4) },
    killedBy: ['6'],
  },
  'kernel gradient of the wrong sign': {
    parts: { kernelGradient: (gradient) => -gradient },
    killedBy: ['6'],
  },
  'kernel gradient with L2 in it': {
    parts: { kernelGradient: (gradient) => gradient + 1e-2 },
    killedBy: ['2', '6', '8-gradient', '8-hessian', '8-curvature', '9', '10', '11', '13', '14'],
  },
  'bias gradient not 0': {
    parts: { biasGradient: (total) => total + 1e-2 },
    killedBy: ['4-bias'],
  },
  'leaky relu with offset': {
    parts: { relu: (x) => Math.max(0.1, x) },
    killedBy: ['15-relu'],
  },
  'softplus for prelu': {
    parts: { prelu: (x) => Math.log1p(Math.exp(x)) },
    killedBy: ['15-prelu'],
  },
  'pooling by the sum': {
    parts: { pooled: (total) => total },
    killedBy: ['20', '19'],
  },
  'a gain on the last norm': {
    parts: { headNorm: (y) => 1.05 * y },
    killedBy: ['20', '19'],
  },
  'loss summed over the batch': {
    parts: { meanLoss: (total) => total },
    killedBy: ['16-duplicate'],
  },
  'input offset': {
    parts: { image: (x) => x + 0.1 },
    killedBy: ['17'],
  },
  'input clipped': {
    parts: { image: (x) => Math.min(1, Math.max(-1, x)) },
    killedBy: ['17'],
  },
  'network with an ε of its own': {
    parts: { networkEpsilon: () => 1e-3 },
    killedBy: ['8-loss', '8-gradient', '8-hessian', '8-curvature', '9', '10', '14', '17'],
  },
  'L2 of the wrong sign': {
    parts: { velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + g - weightDecay * w },
    killedBy: ['10', '12', '14'],
  },
  'L2 times λ twice': {
    parts: { velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + g + 2 * weightDecay * w },
    killedBy: ['10', '12', '14'],
  },
  'decay decoupled from momentum': {
    parts: {
      velocity: (v, g, _, { momentum }) => momentum * v + g,
      stepped: (w, v, { learningRate, weightDecay }) => w - learningRate * (v + weightDecay * w),
    },
    killedBy: ['12'],
  },
  'momentum dampened': {
    parts: {
      velocity: (v, g, w, { momentum, weightDecay }) => momentum * v + (1 - momentum) * (g + weightDecay * w),
    },
    killedBy: ['12', '14'],
  },
  'learning rate inside the velocity': {
    parts: {
      velocity: (v, g, w, { momentum, weightDecay, learningRate }) =>
        momentum * v + learningRate * (g + weightDecay * w),
      stepped: (w, v) => w - v,
    },
    killedBy: ['9', '14'],
  },
  'Nesterov unasked': {
    parts: {
      stepped: (w, v, { learningRate, momentum }) => w - learningRate * (1 + momentum) * v,
    },
    killedBy: ['12', '14'],
  },
  'a step the wrong way': {
    parts: { stepped: (w, v, { learningRate }) => w + learningRate * v },
    killedBy: ['10', '12', '13', '14'],
  },
  'a step that is normalized': {
    parts: { stepped: (w, v, { learningRate }) => w - learningRate * Math.sign(v) },
    killedBy: ['9', '10', '11', '12', '13', '14'],
  },
};

function meanProduct(dy: readonly number[], y: readonly number[]): number {
  return sum(dy.map((d, i) => d * y[i]!)) / dy.length;
}

function scaled(values: readonly number[], factor: number): number[] {
  return values.map((each) => each * factor);
}
