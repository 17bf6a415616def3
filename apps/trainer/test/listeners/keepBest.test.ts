import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { initState, sgd } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import { describe, expect, it } from 'vitest';
import { keepBest } from '../../src/listeners/keepBest.js';
import { restoreBest } from '../../src/listeners/restoreBest.js';
import type { MetricsLine } from '../../src/runFolder/metricsLog.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

withBackend('cpu');

const spec: ModelSpec = {
  name: 'least',
  input: [1, 1, 1],
  classes: 2,
  layers: [
    { type: 'globalPool', name: 'pool' },
    { type: 'dense', name: 'logits', units: 2, bias: false },
  ],
};
const meta = { seed: 1, spec };
const stateAt = (step: number) => ({ ...initState(buildModel(spec), sgd({ learningRate: 1 }), 1), step });

/** An evaluation is due every 4 steps. */
const isDue = (step: number) => step % 4 === 0;

const lineOf = (step: number, accuracy: number): MetricsLine => ({
  ...{ type: 'evaluation', step, epoch: 0, loss: 1, accuracy, seconds: 1 },
});

/** The folder of a run. */
function begun(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config.json'), '{}');
  return folder;
}

/** Shows the listener evaluations, each with its checkpoint, after the lines of an earlier process. */
async function evaluate(
  folder: string,
  earlier: readonly MetricsLine[],
  now: readonly (readonly [step: number, accuracy: number])[],
): Promise<void> {
  const listener = keepBest(folder, earlier, meta, isDue);
  for (const [step, accuracy] of now) {
    const place = { step, epoch: 0 };
    await listener({ type: 'evaluation', ...place, loss: 1, accuracy, images: 4, neverPredicted: [] });
    await listener({ type: 'checkpoint', ...place, state: stateAt(step) });
  }
}

/** The steps of the checkpoints that are kept, by folder. */
const kept = (folder: string): Record<string, number> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'config.json')
      .map((name) => [name, JSON.parse(readFileSync(join(folder, name, 'checkpoint.json'), 'utf8')).step]),
  );

describe('keepBest', () => {
  it('keeps the checkpoint of the greatest accuracy, of equal ones the first', async () => {
    const folder = begun();
    await evaluate(folder, [lineOf(4, 0.5)], [[8, 0.5]]);
    expect(kept(folder)).toEqual({});
    await evaluate(
      folder,
      [lineOf(4, 0.5), lineOf(8, 0.5)],
      [
        [12, 0.6],
        [16, 0.6],
        [20, 0.4],
      ],
    );
    expect(kept(folder)).toEqual({ best: 12 });
  });

  it('keeps the earlier best one too when the end of the run, which is not due, is better', async () => {
    const folder = begun();
    await evaluate(
      folder,
      [],
      [
        [4, 0.5],
        [6, 0.7],
      ],
    );
    expect(kept(folder)).toEqual({ best: 6, 'best-before-end': 4 });
    // As a process does that goes on from step 5, after a kill before the last checkpoint.
    await evaluate(folder, [lineOf(4, 0.5)], [[6, 0.7]]);
    expect(kept(folder)).toEqual({ best: 6, 'best-before-end': 4 });
  });

  it('has no earlier best one if the end is the first evaluation, also when it comes again', async () => {
    const folder = begun();
    for (let time = 0; time < 2; time++) await evaluate(folder, [], [[3, 0.7]]);
    expect(kept(folder)).toEqual({ best: 3 });
  });
});

describe('restoreBest', () => {
  const folderWith = async (steps: Readonly<Record<string, number>>) => {
    const folder = begun();
    for (const [name, step] of Object.entries(steps)) {
      mkdirSync(join(folder, name));
      await saveCheckpoint(join(folder, name), stateAt(step), meta);
    }
    return folder;
  };

  it.each<[string, Record<string, number>, MetricsLine[], Record<string, number>]>([
    ['puts the one before the end back', { best: 6, 'best-before-end': 4 }, [lineOf(4, 0.5)], { best: 4 }],
    ['does so after a kill within it', { 'best-before-end': 4 }, [lineOf(4, 0.5)], { best: 4 }],
    ['removes that of an end that is none any more', { best: 3 }, [], {}],
    ['keeps that of an evaluation in the log', { best: 6 }, [lineOf(6, 0.5)], { best: 6 }],
    ['keeps that of an evaluation that is done again', { best: 8 }, [lineOf(4, 0.5)], { best: 8 }],
    ['keeps the only one of an older version', { best: 6 }, [lineOf(4, 0.5)], { best: 6 }],
    ['does nothing without any', {}, [lineOf(4, 0.5)], {}],
  ])('%s: %j', async (_, before, log, after) => {
    const folder = await folderWith(before);
    await restoreBest(folder, log, isDue);
    expect(kept(folder)).toEqual(after);
  });

  it('removes a checkpoint of which a kill has left only the arrays', async () => {
    const folder = await folderWith({ best: 3 });
    rmSync(join(folder, 'best', 'checkpoint.json'));
    await restoreBest(folder, [], isDue);
    expect(readdirSync(folder)).toEqual(['config.json']);
  });
});
