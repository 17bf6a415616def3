import { type Judged, known } from '../judged.js';
import type { Affine, LabelledBatch, Statistics } from '../subject.js';
import { mapRecord, type Variables } from '../values.js';
import { type AffineBatchSample, affineOf, type ScaledBatchSample, statisticsOf } from './affineSample.js';
import { type BatchSample, batchOf, constantValues, normalValues } from './batchSample.js';
import { type HeadSample, headOf } from './headSample.js';
import { type LayerSample, layerOf } from './layerSample.js';
import { labelledBatchOf, type NetworkSample, paramsOf } from './networkSample.js';
import type { RotationSample } from './rotationSample.js';

/** The kinds of sample of the laws; each has an arbitrary of the same name. */
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

/** The values that each kind of sample describes, in addition to its numbers. */
const drawings = {
  batch: drawBatch,
  pair: drawBatch,
  /** `shift` is b in the units of x. */
  scaledBatch: (sample: ScaledBatchSample) => ({ ...drawBatch(sample), shift: sample.b * sample.scale }),
  affineBatch: drawAffine,
  affineImages: drawAffine,
  /** The bias is b everywhere, in the units of Wu. */
  layer(sample: LayerSample) {
    const { b, kernelScale, inputScale, outputs } = sample;
    const bias = { data: new Float64Array(outputs).fill(b * kernelScale * inputScale), shape: [outputs] };
    return {
      ...sample,
      ...mapRecord({ ...layerOf(sample), bias, zero: constantValues([outputs], 0) }, known),
    };
  },
  network: drawNetwork,
  scaledNetwork: drawNetwork,
  /** z has `margin` in the right class and `other` elsewhere. */
  head: (sample: HeadSample) => ({
    ...sample,
    marked(other: number) {
      const { z, labels } = headOf(sample, other);
      return { z: known(z), labels };
    },
  }),
  /** Initial weights, and the noise on which they are trained. */
  rotation(sample: RotationSample) {
    const { batch, inputs, outputs, seed } = sample;
    const normal = (shape: number[], name: string) => known(normalValues(shape, seed, name));
    return {
      ...sample,
      kernel: normal([inputs, outputs], 'kernel'),
      rest: known(constantValues([inputs, outputs], 0)),
      zero: known(constantValues([outputs], 0)),
      noise: (step: number) => ({
        u: normal([batch, inputs], `u${step}`),
        dy: normal([batch, outputs], `dy${step}`),
      }),
    };
  },
};

/** What a law gets from a sample. */
export type Drawn = { readonly [Kind in SampleKind]: ReturnType<(typeof drawings)[Kind]> };

/** A sample of a kind with the values that it describes. */
export function draw<Kind extends SampleKind>(kind: Kind, sample: Samples[Kind]): Drawn[Kind] {
  return (drawings[kind] as (of: Samples[Kind]) => Drawn[Kind])(sample);
}

function drawBatch<S extends BatchSample>(sample: S) {
  const x = known(batchOf(sample));
  return { ...sample, x, dy: known(normalValues(x.shape, sample.seed, 'dy')) };
}

function drawAffine(sample: AffineBatchSample) {
  const affine = (shape = sample.shape, options = {}): Affine<Judged> =>
    mapRecord(affineOf({ ...sample, shape }, options), known);
  const statistics = (shape = sample.shape): Statistics<Judged> =>
    mapRecord(statisticsOf({ ...sample, shape }), known);
  const normal = (shape: readonly number[], name: string, deviation = 1) =>
    known(normalValues(shape, sample.seed, name, { deviation }));
  return { ...drawBatch(sample), affine, statistics, normal };
}

function drawNetwork(sample: NetworkSample) {
  const params: Variables<Judged> = mapRecord(paramsOf(sample), known);
  return {
    ...sample,
    params,
    atRest: mapRecord(params, ({ shape }) => known(constantValues(shape, 0))),
    direction: mapRecord(paramsOf({ ...sample, seed: (sample.seed + 1) >>> 0 }), known),
    batch(step = 0): LabelledBatch<Judged> {
      const { images, labels } = labelledBatchOf(sample, step);
      return { images: known(images), labels };
    },
  };
}
