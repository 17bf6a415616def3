import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
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

  it('has the means of each epoch, and the evaluations, with what they say', () => {
    const epoch = line({ type: 'epoch', step: 3, loss: 0.25, accuracy: 0.75, seconds: 8 });
    const { epochs, evaluations } = log(
      step(1, 1) + epoch + evaluation(3, { images: undefined }) + evaluation(4, { neverPredicted: ['cat'] }),
    );
    expect(epochs).toEqual([{ step: 3, loss: 0.25, accuracy: 0.75, seconds: 8 }]);
    const point = { loss: 1, accuracy: 0.5, seconds: 9 };
    expect(evaluations).toStrictEqual([
      { step: 3, ...point, images: 0 },
      { step: 4, ...point, images: 100, neverPredicted: ['cat'] },
    ]);
    expect(log(evaluation(4, { loss: null })).evaluations).toEqual([]);
  });

  it('passes over empty lines', () => {
    expect(log(`${step(1, 1)}\n${step(2, 3)}`)).toMatchObject({ step: 2, secondsPerStep: 2 });
  });

  it.each([
    5,
    null,
    'step',
    { type: 'step' },
    { step: 2 },
    { type: 1, step: 2 },
    { type: 'step', step: '2' },
    ...['loss', 'accuracy', 'seconds', 'images'].map((key) => ({ type: 'step', step: 2, [key]: 'x' })),
  ])('refuses the line %j', (wrong) => {
    expect(() => log(`${step(1, 1)}${JSON.stringify(wrong)}\n`)).toThrow(
      /^run log: bn-seed1\/metrics\.jsonl, line 2 must be a line of metrics with type and step/,
    );
  });

  it('keeps the error of the JSON', () => {
    const read = () => parseRunLog({ name: 'r', config: '{', metrics: '' });
    expect(read).toThrow(/^run log: r\/config\.json must hold JSON/);
    expect(read).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }));
  });

  it('takes the median time between adjacent steps only', () => {
    // 10, 9 and 100 seconds: their order is that of numbers.
    expect(log(step(1, 0) + step(2, 10) + step(3, 19) + step(4, 119)).secondsPerStep).toBe(10);
    expect(log(step(1, 1) + step(3, 9)).secondsPerStep).toBeNull();
    expect(log(step(1, 1) + line({ type: 'epoch', step: 2, seconds: 9 })).secondsPerStep).toBeNull();
    expect(log(line({ type: 'epoch', step: 1, seconds: 9 }) + step(2, 9)).secondsPerStep).toBeNull();
  });

  it('takes the median time between adjacent steps', () => {
    // Step 3 came after an evaluation of 100 seconds.
    const lines = step(1, 1) + step(2, 3) + evaluation(2) + step(3, 103) + step(4, 107);
    expect(log(lines).secondsPerStep).toBe(3);
    expect(log(evaluation(4)).secondsPerStep).toBeNull();
  });

  it('names the error in a configuration', () => {
    expect(() => parseRunLog({ name: 'r', config: '{"settings":{}}', metrics: '' })).toThrow(
      /^run log: r\/config\.json must be a run's configuration; length: /,
    );
    const { dataset, ...head } = log('').head;
    const config = JSON.stringify({ ...head, dataset: { ...dataset, sha256: 1 } });
    expect(() => parseRunLog({ name: 'r', config, metrics: '' })).toThrow(/; dataset\.sha256: /);
    expect(() => parseRunLog({ name: 'r', config: 'null', metrics: '' })).toThrow(/; it: /);
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
    await expect(readRun(`${evidence}/nowhere`)).rejects.toThrow(
      /^readRun: .*nowhere must be the folder of a run/,
    );
    await expect(runFolders(`${evidence}/nowhere`)).rejects.toThrow(
      /^runFolders: .*nowhere must be a folder that can be read/,
    );
  });

  it('finds folders with a config.json in the order of their numbers, those too that cannot be read', async () => {
    const folder = await temporaryFolder();
    for (const name of ['run10', 'run9', 'Run1', 'other', 'unreadable'])
      await mkdir(join(folder, name, ...(name === 'unreadable' ? ['config.json'] : [])), { recursive: true });
    for (const name of ['run10', 'run9', 'Run1']) await writeFile(join(folder, name, 'config.json'), '{}');
    await writeFile(join(folder, 'file'), '');
    const names = (await runFolders(folder)).map((each) => basename(each));
    expect(names).toEqual(['Run1', 'run9', 'run10', 'unreadable']);
    await expect(readRun(join(folder, 'unreadable'))).rejects.toThrow(/^run log: .*config\.json must be /);
  });

  it('refuses a config.json that is no UTF-8, and names it', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
    await expect(readRun(folder)).rejects.toThrow(/^run log: .*config\.json must .*UTF-8/);
  });
});
