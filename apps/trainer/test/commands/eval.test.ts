import { beforeAll, describe, expect, it } from 'vitest';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab eval', () => {
  beforeAll(async () => {
    await normlab(['train', ...narrow, '--steps', '3', '--out', 'run'], folder);
  });

  it('gives the accuracy, loss and confusion that the training ended with', async () => {
    const training = await normlab(['train', '--resume', 'run', '--json'], folder);
    const { status, stdout } = await normlab(['eval', 'run', '--json'], folder);
    expect(status).toBe(0);
    const { test }: { test: object } = JSON.parse(training.stdout);
    const result: { confusion: number[][] } = JSON.parse(stdout);
    expect(result).toMatchObject({ run: 'run', step: 3, ...test });
    expect(result.confusion.flat().reduce((sum, count) => sum + count)).toBe(20);
  });

  it('prints the confusion as a table for people', async () => {
    const { stdout } = await normlab(['eval', 'run'], folder);
    expect(stdout).toMatch(/accuracy \d+\.\d %/);
    expect(stdout).toContain('truth \\ taken for');
  });

  it('--re-estimate takes other statistics, and a number of images only', async () => {
    const json = async (...args: string[]): Promise<{ loss: number }> =>
      JSON.parse((await normlab(['eval', 'run', '--json', ...args], folder)).stdout);
    // After three steps the running average is still mostly what it began with, 0 and 1.
    expect((await json('--re-estimate', '64')).loss).not.toBe((await json()).loss);
    const { status, stderr } = await normlab(['eval', 'run', '--re-estimate', 'all'], folder);
    expect(stderr).toContain('--re-estimate must be an integer ≥ 1, a number of training images, got "all"');
    expect(status).toBe(2);
  });

  it('a folder that holds no run is refused', async () => {
    const { status, stderr } = await normlab(['eval', 'nowhere'], folder);
    expect(stderr).toBe(
      'run folder: nowhere must be the folder of a run, with its config.json, got "nothing there".\n',
    );
    expect(status).toBe(1);
  });
});
