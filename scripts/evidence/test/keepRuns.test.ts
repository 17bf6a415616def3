import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '@normlab/experiments/node';
import { afterEach, describe, expect, it } from 'vitest';
import { plantedLog } from '../../../packages/experiments/test/plantedRuns.js';
import { keepRuns } from '../src/keepRuns.js';

const scratch = mkdtempSync(join(tmpdir(), 'normlab-keep-'));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const steps = 250;
const step = (n: number) => ({ type: 'step', step: n, epoch: 0, loss: 2, accuracy: 0.1, seconds: n / 10 });
const evaluation = {
  type: 'evaluation',
  step: steps,
  epoch: 0,
  loss: 1,
  accuracy: 0.5,
  images: 10,
  seconds: 26,
};
const recording = {
  type: 'norm',
  step: 250,
  drift: 0.20687272938700363,
  edges: [0.6513586044311523, 1],
  counts: [3],
};

function plant(name: string, lines: readonly object[]): void {
  const folder = join(scratch, 'runs', name);
  mkdirSync(folder, { recursive: true });
  const { head } = plantedLog(name, { data: '/home/someone/images', norm: 'bn', seed: 1 }, 0.5);
  const config = {
    ...head,
    length: { steps, stepsPerEpoch: steps },
    provenance: {
      started: '2026-11-26T07:08:49Z',
      command: 'normlab train --data /home/someone',
      host: 'a-computer',
    },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(join(folder, 'recordings.jsonl'), `${JSON.stringify(recording)}\n`);
  writeFileSync(join(folder, 'checkpoint.safetensors'), 'weights');
}

describe('keepRuns', () => {
  it('keeps what is over: settings without paths, every hundredth step, recordings in float32 digits', async () => {
    const all = Array.from({ length: steps }, (_, index) => step(index + 1));
    plant('bn-seed1', [...all, evaluation]);
    plant('bn-seed2', all.slice(0, 40));
    const to = join(scratch, 'kept');
    expect(await keepRuns(join(scratch, 'runs'), to)).toEqual(['bn-seed1']);
    const text = (file: string) => readFileSync(join(to, 'bn-seed1', file), 'utf8');
    expect(
      text('metrics.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([step(100), step(200), evaluation]);
    expect(text('config.json')).not.toMatch(/someone|a-computer/);
    expect(JSON.parse(text('config.json')).provenance).toMatchObject({ started: '2026-11-26T07:08:49Z' });
    expect(JSON.parse(text('recordings.jsonl'))).toEqual({
      ...recording,
      drift: 0.2068727,
      edges: [0.6513586, 1],
    });
    expect(() => text('checkpoint.safetensors')).toThrow();
    const log = await readRun(join(to, 'bn-seed1'));
    expect(log).toMatchObject({ state: 'done', step: steps, evaluations: [{ accuracy: 0.5 }] });
  });
});
