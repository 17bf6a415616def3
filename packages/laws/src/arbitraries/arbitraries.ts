import type * as fc from 'fast-check';
import type { Samples } from '../samples/samples.js';
import { affineBatch, affineImages, batch, pair, scaledBatch } from './batches.js';
import { head, layer, network, rotation, scaledNetwork } from './networks.js';

/** An arbitrary for every kind of sample. */
export const arbitraries: { readonly [Kind in keyof Samples]: () => fc.Arbitrary<Samples[Kind]> } = {
  batch,
  pair,
  scaledBatch,
  affineBatch,
  affineImages,
  layer,
  network,
  scaledNetwork,
  head,
  rotation,
};
