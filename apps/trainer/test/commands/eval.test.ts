import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EvalResult } from '../../src/commands/eval.js';
import type { Prediction } from '../../src/commands/writePredictions.js';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab eval', () => {
  beforeAll(async () => {
    await normlab(['train', ...narrow, '--steps', '3', '--out', 'run'], folder);
  });

  it('gives the same accuracy, loss and confusion as the end of the training', async () => {
    const training = await normlab(['train', '--resume', 'run', '--json'], folder);
    const { status, stdout } = await normlab(['eval', 'run', '--json'], folder);
    expect(status).toBe(0);
    const { test }: { test: object } = JSON.parse(training.stdout);
    const result: { confusion: number[][] } = JSON.parse(stdout);
    expect(result).toMatchObject({ run: 'run', step: 3, ...test });
    expect(result.confusion.flat().reduce((sum, count) => sum + count)).toBe(20);
  });

  it('prints accuracy, interval, recall and confusion for people', async () => {
    const { stdout } = await normlab(['eval', 'run'], folder);
    expect(stdout).toMatch(/accuracy \d+\.\d %/);
    expect(stdout).toMatch(/95 % interval of the accuracy: \d+\.\d % to \d+\.\d %/);
    expect(stdout).toMatch(/^class +images +recall$/m);
    expect(stdout).toMatch(/^truth \\ taken/m);
  });

  it('--predictions writes a line per test image, as CSV or JSON lines, that the figures are those of', async () => {
    const first = await normlab(['eval', 'run', '--json', '--predictions', 'all.jsonl'], folder);
    await normlab(['eval', 'run', '--predictions', 'some/all.csv'], folder);
    const result: EvalResult = JSON.parse(first.stdout);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    const lines: Prediction[] = read('all.jsonl').map((line) => JSON.parse(line));
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    const count = (truth: string, taken: string) =>
      lines.filter(({ label, predicted }) => label === truth && predicted === taken).length;
    const { classes, confusion } = result;
    expect(classes.map((truth) => classes.map((taken) => count(truth, taken)))).toEqual(confusion);
    expect(result.recall).toEqual(classes.map((name) => count(name, name) / 2));
    const unseen = classes.filter((name) => lines.every(({ predicted }) => predicted !== name));
    expect(result.neverPredicted).toEqual(unseen);
    // After three steps some class is never predicted: the warning must be there to be seen.
    expect(unseen.length).toBeGreaterThan(0);
    expect(first.stderr).toContain(`Never predicted: ${unseen.join(', ')}. No test image is taken for one.`);
    // The greatest of ten probabilities.
    for (const { probability } of lines) expect(probability).toBeGreaterThanOrEqual(0.1 - 2 ** -20);
    expect(read('some/all.csv')).toEqual([
      'index,label,predicted,probability',
      ...lines.map((line) => Object.values(line).join(',')),
    ]);
    const refused = await normlab(['eval', 'run', '--predictions', 'all.txt'], folder);
    expect(refused.stderr).toBe(
      'normlab eval: --predictions must be a file that ends in .csv or .jsonl, got "all.txt".\n',
    );
  });

  it('--re-estimate uses other statistics, from exactly as many images as it says', async () => {
    const json = async (...args: string[]): Promise<{ loss: number; reEstimatedFrom: number | null }> =>
      JSON.parse((await normlab(['eval', 'run', '--json', ...args], folder)).stdout);
    // After three steps the running averages are still close to their initial values, 0 and 1. Batches are of 16.
    const [running, whole, more] = [
      await json(),
      await json('--re-estimate', '16'),
      await json('--re-estimate', '20'),
    ];
    expect(new Set([running.loss, whole.loss, more.loss]).size).toBe(3);
    expect([running, whole, more].map((each) => each.reEstimatedFrom)).toEqual([null, 16, 20]);
    const { stdout } = await normlab(['eval', 'run', '--re-estimate', '64'], folder);
    expect(stdout).toContain('run after 3 steps, running statistics from 64 training images, wasm');
  });

  // With one image in one batch, the seed can decide nothing but its augmentation, or the units that dropout drops.
  it.each([
    { decides: 'augmentation', settings: ['--model', 'all-cnn', '--pipeline', 'crop-24'] },
    { decides: 'dropout', settings: ['--model', 'nin', '--drop-rate', '0.5', '--pipeline', 'plain'] },
  ])('--re-estimate takes the seed of the run: it decides $decides', async ({ decides, settings }) => {
    await normlab(['train', ...narrow, ...settings, '--steps', '1', '--out', decides], folder);
    const file = join(folder, decides, 'config.json');
    const lossesWith = async (seed: number): Promise<number[]> => {
      const config = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(file, JSON.stringify({ ...config, settings: { ...config.settings, seed } }));
      const results = [[], ['--re-estimate', '1']].map((args) =>
        normlab(['eval', decides, '--json', ...args], folder),
      );
      return (await Promise.all(results)).map(({ stdout }) => JSON.parse(stdout).loss);
    };
    const [one, two] = [await lossesWith(1), await lossesWith(2)];
    expect(two[0]).toBe(one[0]);
    expect(two[1]).not.toBe(one[1]);
  });

  it('--re-estimate needs an existing number of images, and a network with norms', async () => {
    const complaint = async (run: string, images: string): Promise<string> => {
      const { status, stdout, stderr } = await normlab(['eval', run, '--re-estimate', images], folder);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      return stderr;
    };
    await normlab(['train', ...narrow, '--steps', '1', '--norm', 'none', '--out', 'plain'], folder);
    expect([
      await complaint('run', 'all'),
      await complaint('run', '65'),
      await complaint('plain', '16'),
    ]).toMatchInlineSnapshot(`
      [
        "normlab eval: --re-estimate must be an integer ≥ 1, got "all".
      ",
        "normlab eval: --re-estimate must be at most 64, the number of the run's training images, got 65.
      ",
        "normlab eval: --re-estimate must be left out for a network without norms, which has no running statistics, got 16.
      ",
      ]
    `);
  });

  it('a folder that holds no run is refused', async () => {
    const { status, stderr } = await normlab(['eval', 'nowhere'], folder);
    expect(stderr).toBe(
      'run folder: nowhere must be the folder of a run, with its config.json, got "nothing there".\n',
    );
    expect(status).toBe(1);
  });
});
