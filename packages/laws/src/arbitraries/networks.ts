import * as fc from 'fast-check';
import type { Network } from '../network.js';
import type { HeadSample } from '../samples/headSample.js';
import type { LayerSample } from '../samples/layerSample.js';
import type { NetworkSample } from '../samples/networkSample.js';
import type { RotationSample } from '../samples/rotationSample.js';
import { decade, epsilon, positiveScale, powerOfTwo, scale, seed } from './scalars.js';

/**
 * A dense layer, a 1×1 or 3×3 convolution of up to four input and output channels, a 3×3 convolution of four or eight,
 * which is wide enough for tiles, or a 3×3 or 5×5 convolution of sixteen, which the larger tiles need.
 */
export function layer(): fc.Arbitrary<LayerSample> {
  const few = fc.integer({ min: 1, max: 4 });
  const dense = fc.record({
    kind: fc.constant('dense' as const),
    batch: fc.integer({ min: 2, max: 16 }),
    size: fc.constant(1),
    kernelSize: fc.constant(1),
    inputs: few,
    outputs: few,
  });
  const conv = fc.record({
    kind: fc.constant('conv' as const),
    batch: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 2, max: 4 }),
    kernelSize: fc.constantFrom(1, 3),
    inputs: few,
    outputs: few,
  });
  const wide = fc.record({
    kind: fc.constant('conv' as const),
    batch: fc.integer({ min: 1, max: 2 }),
    size: fc.integer({ min: 3, max: 8 }),
    kernelSize: fc.constant(3),
    inputs: fours(),
    outputs: fours(),
  });
  const deep = fc.record({
    kind: fc.constant('conv' as const),
    batch: fc.constant(1),
    size: fc.constant(6),
    kernelSize: fc.constantFrom(3, 5),
    inputs: fc.constant(16),
    outputs: fc.constant(16),
  });
  return fc
    .record({
      geometry: fc.oneof(...[dense, conv, wide].map((arbitrary) => ({ arbitrary, weight: 3 })), {
        arbitrary: deep,
        weight: 1,
      }),
      inputScale: decade(-2, 2),
      inputMean: fc.integer({ min: 0, max: 4 }),
      kernelScale: powerOfTwo(6),
      a: scale(),
      b: fc.integer({ min: -10, max: 10 }),
      epsilon: epsilon(),
      seed: seed(),
    })
    .map(({ geometry, ...rest }) => ({ ...geometry, ...rest }));
}

/**
 * A network with ε = 0, any scale a > 0, and ηλ ≤ (1 − √m)²: one or two narrow convolutions, or one that is wide enough
 * for tiles. With two wide ones the bound would be useless: the worst case of one is a hundred times that of direct
 * sums.
 */
export function network(): fc.Arbitrary<NetworkSample> {
  return networkOf(fc.constant(0), positiveScale(), 1);
}

/**
 * A network with any ε, and a = 2^k. It is compared bit for bit, so wide networks may have two convolutions; a few are
 * wide enough for large tiles.
 */
export function scaledNetwork(): fc.Arbitrary<NetworkSample> {
  return networkOf(epsilon(), powerOfTwo(6), 2);
}

function networkOf(
  epsilons: fc.Arbitrary<number>,
  scales: fc.Arbitrary<number>,
  mostWide: number,
): fc.Arbitrary<NetworkSample> {
  const narrow = fc.record({
    input: fc.integer({ min: 1, max: 2 }).map((channels): Network['input'] => [4, 4, channels]),
    channels: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
  });
  const wide = fc.record({
    input: fc.constantFrom(4, 6).map((size): Network['input'] => [size, size, 4]),
    channels: fc.array(fours(), { minLength: 1, maxLength: mostWide }),
  });
  const deep = fc.record({
    input: fc.constant<Network['input']>([6, 6, 16]),
    channels: fc.constant([16]),
  });
  return fc
    .record({
      geometry: fc.oneof(
        { arbitrary: narrow, weight: 12 },
        { arbitrary: wide, weight: 4 },
        { arbitrary: deep, weight: mostWide > 1 ? 1 : 0 },
      ),
      classes: fc.integer({ min: 2, max: 4 }),
      activation: fc.constantFrom('relu' as const, 'tanh' as const),
      epsilon: epsilons,
      batch: fc.integer({ min: 2, max: 4 }),
      a: scales,
      learningRate: decade(-3, -1),
      momentum: fc.constantFrom(0, 0.5, 0.9),
      share: fc.integer({ min: 0, max: 10 }),
      seed: seed(),
    })
    .map(({ geometry, classes, activation, epsilon: eps, share, ...rest }) => ({
      network: { ...geometry, classes, activation, epsilon: eps },
      weightDecay: ((share / 10) * Math.min(0.5, (1 - Math.sqrt(rest.momentum)) ** 2)) / rest.learningRate,
      steps: 2,
      ...rest,
    }));
}

/** A multiple of four channels, as fast convolutions need. */
function fours(): fc.Arbitrary<number> {
  return fc.constantFrom(4, 8);
}

/** A last layer whose loss is at or near its lower bound. */
export function head(): fc.Arbitrary<HeadSample> {
  return fc.record({
    batch: fc.integer({ min: 2, max: 12 }),
    size: fc.integer({ min: 1, max: 2 }),
    classes: fc.integer({ min: 2, max: 10 }),
    margin: decade(0, 3),
    noise: fc.oneof(fc.constant(0), decade(-4, 0)),
    epsilon: decade(-8, -1),
    seed: seed(),
  });
}

/** Sixteen channels of sixteen to thirty-two weights, with an equilibrium a few steps away. */
export function rotation(): fc.Arbitrary<RotationSample> {
  return fc.record({
    batch: fc.integer({ min: 8, max: 16 }),
    inputs: fc.integer({ min: 16, max: 32 }),
    outputs: fc.constant(16),
    learningRate: decade(-3, -1),
    decay: fc.integer({ min: 15, max: 25 }).map((percent) => percent / 100),
    momentum: fc.constantFrom(0, 0.3, 0.5),
    seed: seed(),
  });
}
