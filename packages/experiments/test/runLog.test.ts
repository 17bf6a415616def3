import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { parseRunLog } from '../src/index.js';
import { readRun, runFolders } from '../src/node.js';
import { plantedLog } from './plantedRuns.js';

const settings = { norm: 'bn', seed: 1 };
const line = (values: object) => `${JSON.stringify({ epoch: 0, ...values })}\n`;
const step = (number: number, seconds: number) =>
  line({ type: 'step', step: number, loss: 1, accuracy: 0.5, seconds });
const evaluation = (number: number, more = {}) =>
  line({ type: 'evaluation', step: number, loss: 1, accuracy: 0.5, seconds: 9, images: 100, ...more });

const log = (lines: string) => plantedLog('bn-seed1', settings, 0.5, { steps: 4, lines });

describe('parseRunLog', () => {
  it('is done when it has the evaluation of the last step, not before', () => {
    expect(log(step(4, 1)).state).toBe('interrupted');
    expect(log(step(4, 1) + evaluation(4))).toMatchObject({ state: 'done', step: 4 });
    expect(log('').state).toBe('interrupted');
  });

  it('is running only while a process is writing', () => {
    const config = JSON.stringify(log('').head);
    const texts = { name: 'r', config, metrics: step(1, 1) };
    expect(parseRunLog({ ...texts, isRunning: true }).state).toBe('running');
    expect(parseRunLog({ ...texts, metrics: evaluation(4), isRunning: true }).state).toBe('done');
  });

  it('has diverged if a line says so or a loss is not finite', () => {
    const said = log(step(1, 1) + line({ type: 'diverged', step: 2, reason: 'the loss is NaN', seconds: 2 }));
    expect(said).toMatchObject({ state: 'diverged', reason: 'the loss is NaN' });
    const seen = log(
      step(1, 1) + line({ type: 'step', step: 2, loss: Number.NaN, accuracy: 0.1, seconds: 2 }),
    );
    expect(seen).toMatchObject({ state: 'diverged', reason: 'loss not finite at step 2' });
  });

  it('ignores an incomplete last line, and refuses an incomplete line before it', () => {
    expect(log(`${step(1, 1)}{"type":"st`)).toMatchObject({ step: 1, state: 'interrupted' });
    expect(() => log(`${step(1, 1)}{"type":"st\n${step(2, 2)}`)).toThrow(
      /metrics\.jsonl, line 2 must hold JSON/,
    );
  });

  it('takes the median time between adjacent steps', () => {
    // Step 3 came after an evaluation of 100 seconds.
    const lines = step(1, 1) + step(2, 3) + evaluation(2) + step(3, 103) + step(4, 107);
    expect(log(lines).secondsPerStep).toBe(3);
    expect(log(evaluation(4)).secondsPerStep).toBeNull();
  });

  it('names the error in a configuration', () => {
    expect(() => parseRunLog({ name: 'r', config: '{"settings":{}}', metrics: '' })).toThrow(
      /r\/config\.json must be a run's configuration; length/,
    );
  });
});

describe('readRun', () => {
  const evidence = fileURLToPath(new URL('../../../docs/evidence/table-3', import.meta.url));

  it('reads the committed logs of real runs', async () => {
    const folders = await runFolders(evidence);
    const logs = await Promise.all(folders.map((folder) => readRun(folder)));
    expect(logs).toHaveLength(18);
    expect(new Set(logs.map(({ state }) => state))).toEqual(new Set(['done']));
    expect(logs[0]).toMatchObject({ name: 'bn-prelu-seed1', step: 3128 });
    expect(logs[0]!.evaluations.at(-1)!.accuracy).toBeCloseTo(0.662, 3);
  });

  it('reads a config.json that an editor began with a byte order mark', async () => {
    const folder = await temporaryFolder();
    const config = await readFile(join(evidence, 'bn-relu-seed1', 'config.json'), 'utf8');
    await writeFile(join(folder, 'config.json'), `\uFEFF${config}`);
    expect((await readRun(folder)).state).toBe('interrupted');
  });

  it('refuses a folder that is not a run, and names it', async () => {
    await expect(readRun(`${evidence}/nowhere`)).rejects.toThrow(/nowhere.* must be the folder of a run/);
    await expect(runFolders(`${evidence}/nowhere`)).rejects.toThrow(/must be a folder that can be read/);
  });
});
