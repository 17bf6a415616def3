import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DataError } from '@normlab/errors';
import type { RunLog } from '@normlab/experiments';
import { readRun, runFolders } from '@normlab/experiments/node';
import { permutation, randomStream } from '@normlab/random';
import { evidence, evidenceFolders, trainer } from './evidenceFolders.js';

/** The first epoch of a run as it was committed and as it was trained again. */
export type Retrained = {
  readonly run: string;
  readonly committed: FirstEpoch;
  readonly again: FirstEpoch;
};

/** Mean training loss and accuracy of the first epoch, and test loss and accuracy after it. */
export type FirstEpoch = readonly [loss: number, accuracy: number, testLoss: number, testAccuracy: number];

/**
 * Trains the first epoch of committed runs again, chosen by a seed.
 *
 * @param images the folder of images that the runs were trained on
 */
export async function retrain(
  images: string,
  { seed, count, say }: { readonly seed: number; readonly count: number; say(line: string): void },
): Promise<Retrained[]> {
  const folders = evidenceFolders().map((name) => join(evidence, name));
  const runs = (await Promise.all(folders.map((folder) => runFolders(folder)))).flat();
  const results: Retrained[] = [];
  for (const index of permutation(runs.length, randomStream(seed)).slice(0, count)) {
    const folder = runs[index]!;
    say(`trains the first epoch of ${folder}`);
    const committed = firstEpoch(await readRun(folder));
    results.push({ run: folder, committed, again: await firstEpochAgain(folder, images) });
  }
  return results;
}

async function firstEpochAgain(folder: string, images: string): Promise<FirstEpoch> {
  const scratch = await mkdtemp(join(tmpdir(), 'normlab-retrain-'));
  try {
    const { settings } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    const recipe = join(scratch, 'recipe.json');
    await writeFile(recipe, JSON.stringify(settings));
    const out = join(scratch, 'run');
    await trainUntil(out, ['train', '--recipe', recipe, '--data', images, '--out', out]);
    return firstEpoch(await readRun(out));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Trains until the first evaluation stands in the run's log; the schedule is that of the whole run. */
async function trainUntil(out: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [trainer, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let status: number | null | undefined;
  void ended.then((code) => {
    status = code;
  });
  while (status === undefined) {
    await setTimeout(250);
    if (existsSync(join(out, 'config.json')) && (await readRun(out)).evaluations.length > 0) {
      child.kill('SIGINT');
      break;
    }
  }
  await ended;
  if (existsSync(join(out, 'config.json')) && (await readRun(out)).evaluations.length > 0) return;
  throw new DataError({
    where: 'retrain',
    what: 'the training',
    rule: 'reach its first evaluation',
    got: words,
  });
}

function firstEpoch({ epochs, evaluations }: RunLog): FirstEpoch {
  const [epoch] = epochs;
  const [evaluation] = evaluations;
  if (epoch === undefined || evaluation === undefined) throw new Error('A run without an epoch');
  return [epoch.loss, epoch.accuracy, evaluation.loss, evaluation.accuracy];
}
