import type { AffineBatchSample, ScaledBatchSample } from './affineSample.js';
import type { BatchSample } from './batchSample.js';
import type { HeadSample } from './headSample.js';
import type { LayerSample } from './layerSample.js';
import type { NetworkSample } from './networkSample.js';
import type { RotationSample } from './rotationSample.js';

/** The kinds of sample that laws are put to; each has an arbitrary of the same name. */
export type Samples = {
  readonly batch: BatchSample;
  readonly pair: BatchSample;
  readonly scaledBatch: ScaledBatchSample;
  readonly affineBatch: AffineBatchSample;
  readonly affineImages: AffineBatchSample;
  readonly layer: LayerSample;
  readonly network: NetworkSample;
  readonly scaledNetwork: NetworkSample;
  readonly head: HeadSample;
  readonly rotation: RotationSample;
};

export type SampleKind = keyof Samples;
