import { existsSync, readdirSync, rmSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FaultyProcess } from './faultyProcess.js';
import type { Call } from './injection.js';
import { makeImages, shortRun, tinyExperiment } from './tinyRun.js';

/** A command whose system calls fail, one by one. */
export type Scenario = {
  readonly name: string;
  /** Makes the folder as it is before the command. */
  readonly prepare: (folder: string) => Promise<void>;
  readonly args: readonly string[];
  /** The arguments with which a user goes on after a failure, tried in this order until one succeeds. */
  readonly again: readonly (readonly string[])[];
};

/**
 * The commands that read or write files of a user; `{}` in their arguments is the folder that they work in.
 *
 * @param place a folder for what they start from
 * @param process where commands run
 */
export async function makeScenarios(place: string, process: FaultyProcess): Promise<Scenario[]> {
  const made = join(place, 'made');
  await mkdir(made);
  await makeImages(join(made, 'images'));
  await writeFile(join(made, 'tiny.json'), JSON.stringify(tinyExperiment));
  const run = async (...args: readonly string[]) => {
    const { status, stderr } = await process.run(inFolder(args, made));
    if (status !== 0) throw new Error(`${args[0]} does not work without faults: ${stderr}`);
  };
  await run('train', ...shortRun, '--out', '{}/whole');
  await run('compare', '{}/tiny.json', '--jobs', '1', '--out', '{}/runs');
  // A training that was killed before its last checkpoint was in place.
  const half = join(made, 'half');
  const train = ['train', ...shortRun, '--out', '{}/half'];
  const { calls } = await process.run(inFolder(train, made), { folder: half });
  const isCheckpoint = ({ name, path }: Call) =>
    name === 'rename' && path.endsWith('half/checkpoint.safetensors');
  const number = calls.findLastIndex(isCheckpoint) + 1;
  await rm(half, { recursive: true });
  await process.run(inFolder(train, made), { folder: half, failing: { number, fault: 'kill' } });
  removeLocks(half);
  const take =
    (...names: string[]) =>
    async (folder: string) => {
      for (const name of names) await cp(join(made, name), join(folder, name), { recursive: true });
    };
  const nothing = async () => {};
  const trainRun = ['train', ...shortRun, '--out', '{}/run'];
  const evaluate = ['eval', '{}/whole', '--predictions', '{}/predictions.csv'];
  const compare = ['compare', '{}/tiny.json', '--jobs', '1', '--out', '{}/runs'];
  const images = ['train', ...shortRun.filter((word) => !/images|^32$|^10$/.test(word))];
  const onImages = [
    ...images,
    '--dataset',
    'images',
    '--data',
    '{}/images',
    '--pipeline',
    'plain',
    '--out',
    '{}/run',
  ];
  const convert = ['convert', '{}/images', '{}/cifar'];
  const resume = ['train', '--resume', '{}/run'];
  return [
    { name: 'train', prepare: nothing, args: trainRun, again: [resume, trainRun] },
    {
      name: 'resume',
      prepare: (folder) => cp(half, join(folder, 'run'), { recursive: true }),
      args: resume,
      again: [resume],
    },
    { name: 'train on images', prepare: take('images'), args: onImages, again: [resume, onImages] },
    { name: 'eval', prepare: take('whole'), args: evaluate, again: [evaluate] },
    { name: 'convert', prepare: take('images'), args: convert, again: [convert] },
    { name: 'compare', prepare: take('tiny.json', 'runs'), args: compare, again: [compare] },
    { name: 'report', prepare: take('runs'), args: ['report', '{}/runs'], again: [['report', '{}/runs']] },
    { name: 'runs', prepare: take('runs'), args: ['runs', '{}/runs'], again: [['runs', '{}/runs']] },
  ];
}

/** The arguments for a folder. */
export function inFolder(args: readonly string[], folder: string): string[] {
  return args.map((word) => word.replace('{}', folder));
}

/** Removes the locks of processes that are not killed, but play dead. */
export function removeLocks(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (basename(name).startsWith('.lock')) rmSync(join(folder, name));
  }
}
