import { type Batch, type Dataset, evaluationBatches, type Pipeline, subset } from '@normlab/datasets';
import type { Model } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import type { Settings } from '../settings/settings.js';
import type { RecordingKind } from '../settings/trainOptions.js';
import type { Listener } from './listener.js';
import { recordNorms } from './recordNorms.js';
import { recordWeights } from './recordWeights.js';

export type MakeRecordingsOptions = {
  readonly folder: string;
  /** Steps that the run has behind it. */
  readonly from: number;
  readonly model: Model;
  /** The images that the run is evaluated on. */
  readonly images: Dataset;
  readonly pipeline: Pipeline;
};

/** The listeners that write what `record` names. */
export async function makeRecordings(
  settings: Settings,
  { folder, from, model, images, pipeline }: MakeRecordingsOptions,
): Promise<Listener[]> {
  const kinds = recordedKinds(settings);
  if (kinds.length === 0) return [];
  // Here, as a run that records nothing needs no statistics of distributions: several hundred modules.
  const { openRecordings } = await import('../runFolder/recordingsFile.js');
  const file = await openRecordings(folder, from);
  const seed = deriveSeed(settings.seed, 'record');
  const listeners: Readonly<Record<RecordingKind, () => Listener | Promise<Listener>>> = {
    norms: () => recordNorms(file, model.spec),
    outputs: async () => {
      const { recordOutputs } = await import('./recordOutputs.js');
      return recordOutputs(file, { model, batch: await recordedBatch(images, pipeline), seed });
    },
    weights: () => recordWeights(file),
  };
  return Promise.all(kinds.map((kind) => listeners[kind]()));
}

/** Steps from one recording of weights to the next; undefined if they are not recorded. */
export function recordedUpdates(settings: Settings): number | undefined {
  return recordedKinds(settings).includes('weights') ? (settings.recordEvery ?? 10) : undefined;
}

function recordedKinds({ record = [] }: Pick<Settings, 'record'>): readonly RecordingKind[] {
  return typeof record === 'string' ? [record] : [...new Set(record)];
}

/** Enough for the shape of a distribution, and a small part of an epoch. */
const recordedImages = 100;

/** The same images in every run on the same data: the first of each class. */
async function recordedBatch(images: Dataset, pipeline: Pipeline): Promise<Batch> {
  const few = subset(images, recordedImages);
  for await (const batch of evaluationBatches(few, { size: recordedImages, prepare: pipeline.evaluate })) {
    return batch;
  }
  throw new Error('a data set has at least one image');
}
