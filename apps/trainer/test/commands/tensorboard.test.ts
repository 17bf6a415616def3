import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { normlab, temporaryFolder, tiny } from './spawnNormlab.js';

/** A Python that has the package tensorboard; `.ci/run` sets one up. */
const python = process.env.TENSORBOARD_PYTHON;
const reader = fileURLToPath(new URL('../../../../packages/tensorboard/test/readBack.py', import.meta.url));

const folder = temporaryFolder();

it('--tensorboard writes an event file beside the log', async () => {
  const { status, stderr } = await normlab(['train', ...tiny, '--tensorboard', '--out', 'run'], folder);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const files = readdirSync(join(folder, 'run')).filter((name) => name.startsWith('events.out.tfevents.'));
  expect(files).toHaveLength(1);
});

it.skipIf(python === undefined)('TensorBoard reads the event file', () => {
  const { stdout } = spawnSync(python!, [reader, join(folder, 'run')], { encoding: 'utf8' });
  const { scalars, histograms } = JSON.parse(stdout);
  const lines = readFileSync(join(folder, 'run/metrics.jsonl'), 'utf8').trimEnd().split('\n');
  const log = lines.map((line) => JSON.parse(line));
  const of = (type: string, key: string) =>
    log.filter((line) => line.type === type).map((line) => [line.step, Math.fround(line[key])]);
  expect(scalars['step/loss']).toEqual(of('step', 'loss'));
  expect(scalars.learning_rate).toEqual(of('step', 'learningRate'));
  expect(scalars['test/accuracy']).toEqual(of('evaluation', 'accuracy'));
  expect(histograms['conv1/kernel'].map(({ step }: { step: number }) => step)).toEqual([4, 8]);
});
