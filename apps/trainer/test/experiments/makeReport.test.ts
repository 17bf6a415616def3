import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatherReport } from '../../src/experiments/makeReport.js';
import type { SomeSettings } from '../../src/settings/settings.js';
import { skipUnreadable } from '../../src/terminal/skipUnreadable.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { writeRun } from './writeRun.js';

const gather = (folder: string) =>
  gatherReport(
    folder,
    skipUnreadable(() => {}),
  );

const experiment = {
  title: 'Tiny',
  settings: {},
  arms: { norm: ['bn'] },
  seeds: [1],
  reference: { norm: 'bn' },
};

/** A folder of an experiment with runs of these settings. */
function folderOf(...runs: readonly SomeSettings[]): string {
  return folderWith({}, ...runs);
}

/** The same of an experiment with other parts. */
function folderWith(parts: object, ...runs: readonly SomeSettings[]): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'experiment.json'), JSON.stringify({ ...experiment, ...parts }));
  runs.forEach((settings, index) => {
    writeRun(join(folder, `run${index}`), { norm: 'bn', ...settings });
  });
  return folder;
}

describe('the command that carries an experiment out again', () => {
  const commandsOf = async (folder: string) =>
    (await gather(folder)).commands?.map((command) => command.replaceAll(folder, 'DIR'));
  const again = 'normlab compare DIR/experiment.json --out DIR';
  const images = { dataset: 'images' } as const;

  it('names the folder of the data, which the experiment does not', async () => {
    expect(await commandsOf(folderOf({}))).toEqual([again]);
    const onImages = folderOf({ ...images, data: '/my images' }, { ...images, data: '/my images', seed: 2 });
    expect(await commandsOf(onImages)).toEqual([`${again} --data '/my images'`]);
  });

  it('names none where the runs have several, which only the experiment can say', async () => {
    expect(await commandsOf(folderOf({ ...images, data: '/a' }, { ...images, data: '/b' }))).toEqual([again]);
    expect(await commandsOf(folderOf({ ...images, data: '/a' }, {}))).toEqual([again]);
  });

  it('names none where the experiment gives it to some arms, whose runs are not all there', async () => {
    const run = { ...images, data: '/a' };
    expect(await commandsOf(folderWith({ arms: { norm: ['bn'], data: ['/a', '/b'] } }, run))).toEqual([
      again,
    ]);
    const when = [{ arm: { norm: 'bn' }, settings: { data: '/a' } }];
    expect(await commandsOf(folderWith({ arms: { norm: ['bn', 'none'] }, when }, run))).toEqual([again]);
  });

  it('is none for runs without an experiment', async () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'run'), {});
    expect(await commandsOf(folder)).toEqual([]);
  });
});

it('is titled by the folder’s own name, however that is written', async () => {
  const folder = temporaryFolder();
  writeRun(join(folder, 'run'), {});
  for (const written of [folder, join(folder, 'none', '..'), `${folder}/.`]) {
    expect((await gather(written)).analysis.experiment.title).toBe(`Runs in ${basename(folder)}`);
  }
});

it('leaves out runs and recordings that cannot be read, and warns of each', async () => {
  const folder = folderOf({}, { seed: 2 }, { seed: 3 });
  writeFileSync(join(folder, 'run0', 'config.json'), '{');
  writeFileSync(join(folder, 'run1', 'recordings.jsonl'), 'no JSON\n{}\n');
  mkdirSync(join(folder, 'recipes'));
  const warnings: string[] = [];
  const skipping = skipUnreadable((text) => warnings.push(text));
  const { logs, recordings } = await gatherReport(folder, skipping);
  expect(logs.map(({ name }) => name)).toEqual(['run1', 'run2']);
  expect(recordings?.size).toBe(0);
  expect(warnings.map((text) => text.replaceAll(folder, 'DIR'))).toEqual([
    expect.stringContaining('run0/config.json must'),
    expect.stringContaining('run1/recordings.jsonl'),
  ]);
  expect(skipping.status()).toBe(1);
});

it('refuses a folder without a run that can be read, and says whether it has runs', async () => {
  const folder = temporaryFolder();
  await expect(gather(folder)).rejects.toThrow(`${folder} must hold runs, or an experiment.json.`);
  writeRun(join(folder, 'run'), {}, { metrics: 'no JSON\n{}\n' });
  await expect(gather(folder)).rejects.toThrow(
    / must hold a run that can be read, or an experiment\.json\.$/,
  );
});
