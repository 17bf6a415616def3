import { arrayOf, gamma, type NdArray, rootRoundings, twins, unitRoundoff as u } from '@normlab/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AffineParams } from '../../src/index.js';
import type { Arrays, Bounds, Operation } from './operation.js';
import { affineParams } from './standardizing.js';

/** Batch norm with given statistics, on inputs x and, if present, scale and offset. */
export function inferring(
  inputs: Arrays,
  { stats, epsilon }: { stats: twins.StatsArrays; epsilon: number },
  run: (x: Tensor, params: AffineParams) => Tensor,
): Operation {
  const { x, ...params } = inputs;
  return {
    inputs,
    run: (tensors) => run(tensors.x!, affineParams(tensors)),
    reference: ({ x, ...params }) => twins.batchNormInfer(x!, params, stats, { epsilon }),
    bounds: (dy) => inferenceBounds({ x: x!, params, stats, epsilon }, dy),
  };
}

/**
 * The errors of (x − μ) · r · γ + β, r = 1 / √(σ² + ε): each product of at most four factors, one of them r, has the
 * relative error E = 16 u + 4 u; a sum over P elements adds γ(P + 8) times the sum of magnitudes. The second derivative
 * has only the mixed terms of x and γ, 2 · Σ |dy| · r.
 */
function inferenceBounds(
  {
    x,
    params: { scale, offset },
    stats,
    epsilon,
  }: { x: NdArray; params: twins.AffineArrays; stats: twins.StatsArrays; epsilon: number },
  dy: NdArray,
): Bounds {
  const channels = x.shape.at(-1)!;
  const E = (rootRoundings + 4) * u;
  const P = gamma(x.values.length / channels + 8);
  const inverse = (channel: number) => 1 / Math.sqrt(stats.variance.values[channel]! + epsilon);
  const gain = (channel: number) => Math.abs(scale?.values[channel] ?? 1);
  const bias = (channel: number) => Math.abs(offset?.values[channel] ?? 0);
  const dScale = new Float64Array(channels);
  const dOffset = new Float64Array(channels);
  let second = 0;
  const output = arrayOf(x.shape, (at, place) => {
    const channel = at.at(-1)!;
    const weight = Math.abs(dy.values[place]!);
    const y = Math.abs(x.values[place]! - stats.mean.values[channel]!) * inverse(channel);
    dScale[channel]! += weight * y * (P + E);
    dOffset[channel]! += weight * P;
    second += 2 * weight * inverse(channel) * (P + E);
    return gain(channel) * y * E + u * (gain(channel) * y + bias(channel));
  });
  return {
    output,
    gradients: {
      x: arrayOf(x.shape, (at, place) => {
        const channel = at.at(-1)!;
        return Math.abs(dy.values[place]!) * gain(channel) * inverse(channel) * E;
      }),
      scale: { shape: [channels], values: dScale },
      offset: { shape: [channels], values: dOffset },
    },
    second,
  };
}
