import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countParams, network, networkNames, placements, summarize } from '@normlab/models';
import { describe, expect, it } from 'vitest';
import type { ParamsRow } from '../../src/commands/params.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { prepareRun } from '../../src/training/prepareRun.js';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab params', () => {
  it('prints the paper’s count beside ours as JSON', async () => {
    const args = ['params', '--model', 'resnet-29', '--classes', '10', '--norm', 'bn', '--json'];
    const { stdout } = await normlab(args, folder);
    expect(JSON.parse(stdout)).toMatchObject([
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
    const { stdout } = await callNormlab(['params'], folder);
    expect(stdout.split('\n').filter((line) => line.endsWith('equal'))).toHaveLength(6);
    expect(stdout).not.toContain('NOT equal');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2 + 4 * 7);
  });

  it('as JSON for one network: its layers under each placement, whose parameters add up', async () => {
    const { stdout } = await callNormlab(['params', '--model', 'nin', '--json'], folder);
    const rows: ParamsRow[] = JSON.parse(stdout);
    expect(rows.map(({ norm }) => norm)).toEqual(placements);
    for (const { norm, trainable, layers } of rows) {
      const placement = placements.find((each) => each === norm)!;
      expect(layers).toEqual(summarize(network('nin', { norm: placement, input: [24, 24, 3] })));
      expect(layers!.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(trainable);
    }
  });

  it.each([...networkNames, 'resnet-11'])(
    'describes the network that train makes by default: %s',
    async (model) => {
      const flags = { model, norm: 'bn', width: 1 } as const;
      const settings = resolveSettings({ ...flags, trainImages: 20, testImages: 10 });
      const request = { kind: 'new', settings, out: undefined, recipe: undefined } as const;
      const { spec } = await prepareRun(request, folder, {
        decoded: () => {},
        ended: () => {},
        warn: () => {},
      });
      const { stdout } = await callNormlab(['params', '--model', model, '--norm', 'bn', '--json'], folder);
      const [row]: ParamsRow[] = JSON.parse(stdout);
      expect(row).toMatchObject({ trainable: countParams(spec).trainable, layers: summarize(spec) });
    },
  );

  it('without --model as JSON: one row each, with seven keys', async () => {
    const { stdout } = await callNormlab(['params', '--json'], folder);
    const rows: Record<string, unknown>[] = JSON.parse(stdout);
    expect(rows.map(({ model, norm }) => `${model} ${norm}`)).toEqual(
      networkNames.flatMap((model) => placements.map((norm) => `${model} ${norm}`)),
    );
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        ...['model', 'norm', 'classes', 'trainable', 'statistics', 'bytes', 'paper'],
      ]);
    }
    expect(rows.filter(({ paper }) => paper !== null)).toHaveLength(6);
  });

  it('for one network: its layers and their sums, and its counts under every placement', async () => {
    const { stdout } = await callNormlab(['params', '--model', 'all-cnn', '--norm', 'none'], folder);
    expect(stdout).toMatch(/^all-cnn, norm none\n/);
    expect(stdout).toMatch(/conv9 +conv +6×6×10 +17,280 +622,080/);
    expect(stdout).toMatch(/\nall +1,678,752 +169,330,176\n/);
    const all = (await callNormlab(['params', '--model', 'resnet-29'], folder)).stdout;
    expect(all).toMatch(/^resnet-29, norm bn\n/);
    expect(all).toMatch(/final\/norm +norm +8×8×1024 +2,048 +0/);
    expect(all.split('\n').filter((line) => line.startsWith('resnet-29 '))).toHaveLength(7);
  });

  it('shows the paper’s count only for the paper’s networks', async () => {
    const paperOf = async (...flags: string[]): Promise<unknown> => {
      const args = ['params', '--model', 'resnet-29', '--norm', 'bn', '--json', ...flags];
      return JSON.parse((await callNormlab(args, folder)).stdout)[0].paper;
    };
    expect(await paperOf('--width', '1', '--activation', 'tanh', '--block', 'post-activation')).toBe(
      4_238_922,
    );
    expect(await paperOf('--width', '0.5')).toBe(null);
    expect(await paperOf('--activation', 'prelu')).toBe(null);
    expect(await paperOf('--conv-bias')).toBe(null);
    expect(await paperOf('--classes', '100')).toBe(null);
    expect(await paperOf('--norm-kind', 'layer')).toBe(null);
    expect(await paperOf('--conv-weights', 'weight-norm')).toBe(null);
    expect(await paperOf('--shortcut', 'projection')).toBe(null);
  });

  it('counts networks with other norms, weights and shortcuts', async () => {
    const flags = ['--norm-kind', 'group', '--groups', '4', '--conv-weights', 'weight-norm'];
    const shape = ['--model', 'resnet-11', '--width', '0.25', '--shortcut', 'projection', '--norm', 'bn'];
    const { stdout } = await callNormlab(['params', '--json', ...shape, ...flags], folder);
    const spec = network('resnet-11', {
      width: 0.25,
      normKind: 'group',
      groups: 4,
      convWeights: 'weight-norm',
      shortcut: 'projection',
    });
    expect(JSON.parse(stdout)).toMatchObject([{ ...countParams(spec), statistics: 0 }]);
  });

  it('counts a spec in a file', async () => {
    const spec = network('nin', { width: 0.1 });
    writeFileSync(join(folder, 'mine.json'), JSON.stringify({ ...spec, name: 'mine' }));
    const { stdout } = await callNormlab(['params', '--spec', 'mine.json', '--json'], folder);
    const { trainable, statistics, bytes } = countParams(spec);
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ model: 'mine', norm: 'own', classes: 10, trainable, statistics, bytes, paper: null },
        layers: summarize(spec),
      },
    ]);
  });

  it('says what is wrong with its input, and where', async () => {
    writeFileSync(
      join(folder, 'faulty.json'),
      JSON.stringify(network('nin')).replace('"channels":160', '"channels":"160"'),
    );
    const complaint = async (...flags: string[]): Promise<string> => {
      const { status, stdout, stderr } = await callNormlab(['params', ...flags], folder);
      expect(stdout).toBe('');
      return `${status} ${stderr.trimEnd()}`;
    };
    expect([
      await complaint('--model', 'resnt-29'),
      await complaint('--model', 'resnet-30'),
      await complaint('--model', 'resnet-9000002'),
      await complaint('--classes', '1'),
      await complaint('--width', '1e9'),
      await complaint('--block', 'post-activation'),
      await complaint('--spec', 'faulty.json'),
      await complaint('--spec', 'faulty.json', '--model', 'nin'),
      await complaint('--spec', 'faulty.json', '--width', '2'),
      await complaint('--spec', 'mine.json', '--classes', '5'),
      await complaint('--spec', 'missing.json'),
    ]).toMatchInlineSnapshot(`
      [
        "2 normlab params: --model must be one of all-cnn, nin, resnet-29, resnet-101, got "resnt-29" (did you mean "resnet-29" or "resnet-101"?).",
        "2 resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 30.",
        "2 resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 9000002.",
        "2 normlab params: --classes must be an integer ≥ 2, got 1.",
        "1 allCnn: layers[0].channels must be at most 2147483647, got 96000000000 (also: layers[3].channels must be at most 2147483647, got 96000000000; layers[6].channels must be at most 2147483647, got 96000000000; layers[9].channels must be at most 2147483647, got 192000000000; and 4 more).",
        "2 normlab params: --block must go with --model resnet-N.",
        "1 faulty.json: layers[3].channels must be a positive integer, got "160".",
        "2 normlab params: --spec must be given without --model, which it replaces.",
        "2 normlab params: --width must go without --spec.",
        "1 mine.json: classes must be 5, as --classes says, got 10.",
        "1 normlab: --spec missing.json must be a file that can be read, got "ENOENT: no such file or directory, open 'missing.json'".",
      ]
    `);
  });
});
