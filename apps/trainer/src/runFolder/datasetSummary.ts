import { createHash } from 'node:crypto';
import type { Dataset, SplitDataset } from '@normlab/datasets';
import { DataError } from '@normlab/errors';
import { updateHash } from '@normlab/files';
import type { RunConfig } from './runConfig.js';

/**
 * The description of a data set in a run's `config.json`.
 *
 * The hash is of the whole data set, so that runs with other images held out are still on the same data.
 *
 * @param validation the images that are held out of `train`
 */
export function summarizeData({ train, test }: SplitDataset, validation?: Dataset): RunConfig['dataset'] {
  const hash = createHash('sha256');
  for (const { images, labels } of [train, test]) updateHash(updateHash(hash, images), labels);
  const held = countsOf(validation?.labels ?? new Uint8Array(), train.classes.length);
  return {
    trainImages: train.labels.length - (validation?.labels.length ?? 0),
    ...(validation !== undefined && { validationImages: validation.labels.length }),
    testImages: test.labels.length,
    trainPerClass: countsOf(train.labels, train.classes.length).map((count, label) => count - held[label]!),
    shape: [...train.shape],
    classes: [...train.classes],
    sha256: hash.digest('hex'),
  };
}

function countsOf(labels: Uint8Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/** @throws DataError unless the data are byte for byte those with which the run was started */
export function checkSameData(where: string, begun: RunConfig['dataset'], now: RunConfig['dataset']): void {
  if (begun.sha256 === now.sha256) return;
  throw new DataError({
    where,
    what: 'the data set',
    rule: `be the one with which the run was started, ${inWords(begun)}`,
    got: inWords(now),
  });
}

function inWords({ trainImages, validationImages = 0, testImages, sha256 }: RunConfig['dataset']): string {
  return `${trainImages + validationImages} and ${testImages} images with sha256 ${sha256.slice(0, 12)}`;
}
