import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recording } from '@normlab/experiments';
import { buildModel, network } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import type { TrainEvent } from '@normlab/train';
import { fill, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { allFinite } from '../../src/listeners/allFinite.js';
import { recordNorms } from '../../src/listeners/recordNorms.js';
import { recordOutputs } from '../../src/listeners/recordOutputs.js';
import { recordWeights } from '../../src/listeners/recordWeights.js';
import { writeEvents } from '../../src/listeners/writeEvents.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

it('says whether every value is a finite number', () => {
  expect([[], [0, -1]].map(allFinite)).toEqual([true, true]);
  expect([[0, Number.NaN], [Number.POSITIVE_INFINITY, 0], [Number.NEGATIVE_INFINITY]].map(allFinite)).toEqual(
    [false, false, false],
  );
});

describe('what is not finite is left out of', () => {
  withBackend('cpu');
  const model = buildModel(network('all-cnn', { width: 0.03, norm: 'bn' }));

  /** The checkpoint of a step after which some variables hold one value only. */
  function checkpoint(changed: Readonly<Record<string, number>>): TrainEvent {
    const { params, stats } = model.init(1);
    const filled = Object.entries(params).map(([path, tensor]: [string, Tensor]) => {
      const value = changed[path];
      return [path, value === undefined ? tensor : fill(tensor.shape, value)];
    });
    const state = { params: Object.fromEntries(filled), stats, optimizer: {}, step: 1 };
    return { type: 'checkpoint', step: 1, epoch: 0, state };
  }

  /** Recordings that keep their lines. */
  function kept() {
    const lines: Recording[] = [];
    return {
      lines,
      file: { last: () => 0, write: (more: readonly Recording[]) => void lines.push(...more) },
    };
  }

  it('the outputs: layers behind a kernel whose products overflow', async () => {
    const { lines, file } = kept();
    const images = Float32Array.from({ length: 24 * 24 * 3 }, (_, index) => Math.sin(index));
    const batch = { images, labels: Int32Array.of(0), shape: [1, 24, 24, 3] as const };
    await recordOutputs(file, { model, batch, seed: 1 })(checkpoint({ 'conv3/kernel': 3e38 }));
    expect(lines.map((line) => line.type === 'output' && line.layer)).toEqual(['norm1', 'norm2']);
  });

  it('the gains and biases', async () => {
    const { lines, file } = kept();
    await recordNorms(file, model.spec)(checkpoint({ 'norm1/scale': Number.POSITIVE_INFINITY }));
    const ofFirst = lines.flatMap((line) => (line.type === 'norm' && line.layer === 'norm1' ? [line] : []));
    expect(ofFirst.map(({ variable }) => variable)).toEqual(['bias']);
    expect(lines).toHaveLength(17);
  });

  it('the weights', async () => {
    const { lines, file } = kept();
    const kernel = (value: number) => ({ kernel: fill([2, 2], value) });
    const update = { type: 'update', step: 1, epoch: 0, learningRate: 1e30 } as const;
    await recordWeights(file)({ ...update, before: kernel(1), gradients: kernel(1), after: kernel(2) });
    await recordWeights(file)({
      ...update,
      before: kernel(1),
      gradients: kernel(1),
      after: kernel(Number.POSITIVE_INFINITY),
    });
    expect(lines).toHaveLength(1);
  });

  it('the histograms of event files', async () => {
    const eventsWith = async (changed: Readonly<Record<string, number>>) => {
      const folder = temporaryFolder();
      await writeEvents(folder, 0, () => 1)(checkpoint(changed));
      return readFileSync(join(folder, readdirSync(folder)[0]!)).toString('latin1');
    };
    expect(await eventsWith({})).toContain('norm1/scale');
    expect(await eventsWith({ 'norm1/scale': Number.NaN })).not.toContain('norm1/scale');
  });
});
