import { deriveSeed, randomStream } from '@normlab/random';
import { type Network, parameterShapes } from '../network.js';
import type { LabelledBatch } from '../subject.js';
import type { Variables } from '../values.js';
import { sizeOf, type Values } from '../values.js';
import { normalValues } from './batchSample.js';

/** A small network with its variables and a batch, and the hyperparameters of a law's training. */
export type NetworkSample = {
  readonly network: Network;
  /** N */
  readonly batch: number;
  /** The law's scale a of kernels or images; a power of two if equality is bit for bit. */
  readonly a: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly steps: number;
  readonly seed: number;
};

/** Initial variables by He's rule with fan-out, as in the paper. */
export function paramsOf({ network, seed }: NetworkSample): Variables<Values> {
  const params: Record<string, Values> = {};
  for (const [path, shape] of Object.entries(parameterShapes(network))) {
    const fanOut = sizeOf(shape) / (shape[shape.length - 2] ?? 1);
    params[path] = normalValues(shape, seed, path, { deviation: Math.sqrt(2 / fanOut) });
  }
  return params;
}

/** The batch of a step. */
export function labelledBatchOf({ network, batch, seed }: NetworkSample, step = 0): LabelledBatch {
  const stream = randomStream(deriveSeed(seed, 'labels', step));
  return {
    images: normalValues([batch, ...network.input], deriveSeed(seed, 'images', step), 'x'),
    labels: Array.from({ length: batch }, () => stream.integer(network.classes)),
  };
}
