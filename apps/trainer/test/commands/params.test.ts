import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab params', () => {
  it('prints the paper’s count beside ours as JSON', async () => {
    const args = ['params', '--model', 'resnet-29', '--classes', '10', '--norm', 'bn', '--json'];
    const { stdout } = await normlab(args, folder);
    expect(JSON.parse(stdout)).toEqual([
      {
        model: 'resnet-29',
        norm: 'bn',
        classes: 10,
        trainable: 4_238_922,
        statistics: 16_256,
        bytes: 16_955_688,
        paper: 4_238_922,
      },
    ]);
  });

  it('without --model: all networks under all placements, Table 4 to the last parameter', async () => {
    const { stdout } = await normlab(['params'], folder);
    expect(stdout.split('\n').filter((line) => line.endsWith('equal'))).toHaveLength(6);
    expect(stdout).not.toContain('NOT equal');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2 + 4 * 7);
  });

  it('for one network: its layers', async () => {
    const { stdout } = await normlab(['params', '--model', 'all-cnn', '--norm', 'none'], folder);
    expect(stdout).toMatch(/conv9 +conv +6×6×10 +17,280 +622,080/);
  });

  it('counts of another width stand beside no count of the paper', async () => {
    const args = ['params', '--model', 'resnet-29', '--norm', 'bn', '--width', '0.5', '--json'];
    expect(JSON.parse((await normlab(args, folder)).stdout)).toMatchObject([{ paper: null }]);
  });
});
