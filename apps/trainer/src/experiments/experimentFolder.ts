import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DataError, OptionError } from '@normlab/errors';
import { type Experiment, parseExperiment } from '@normlab/experiments';
import { fileExists, makeFolder, readJson, takeLock, withFileErrors, writeWhole } from '@normlab/files';
import { placedFrom } from '../settings/placedFrom.js';
import { decideNothing } from '../settings/trainOptions.js';
import type { PlannedRun } from './planRuns.js';

const where = 'normlab compare';

/** The experiment to which a folder of runs belongs. */
export const experimentFile = 'experiment.json';

/** The folder of an experiment, claimed so that no other `compare` works in it. */
export type ClaimedExperiment = { readonly folder: string; release(): Promise<void> };

/**
 * Claims a folder for an experiment, and writes `experiment.json` and the recipe of each run.
 *
 * A folder that holds the same experiment is continued; more seeds than before are added.
 *
 * @throws OptionError if the folder holds another experiment; DataError if another process works in it
 */
export async function claimExperiment(
  folder: string,
  experiment: Experiment,
  runs: readonly PlannedRun[],
): Promise<ClaimedExperiment> {
  const lock = await withFileErrors(where, async () => {
    await makeFolder(folder);
    return takeLock(join(folder, '.lock'), { where, what: folder });
  });
  try {
    const begun = await readExperimentFile(folder);
    if (begun !== undefined) checkSame(folder, begun, experiment);
    await withFileErrors(where, () => writeExperiment(folder, experiment, runs));
    return { folder, release: () => lock.release() };
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/**
 * Makes a folder ready for the tasks of an array, of which many may begin at the same moment: the first one writes the
 * experiment and the recipes, the others wait for it.
 *
 * @throws OptionError if the folder holds another experiment; DataError if another process works in it for a minute
 */
export async function prepareExperiment(
  folder: string,
  experiment: Experiment,
  runs: readonly PlannedRun[],
): Promise<void> {
  for (let waited = 0; ; waited += patience) {
    if (await isPrepared(folder, experiment)) return;
    try {
      const { release } = await claimExperiment(folder, experiment, runs);
      return await release();
    } catch (error) {
      if (!(error instanceof DataError) || waited >= mostWaited) throw error;
      await setTimeout(patience);
    }
  }
}

/**
 * Whether a folder holds an experiment with all its seeds.
 *
 * @throws OptionError if the folder holds another experiment
 */
export async function isPrepared(folder: string, experiment: Experiment): Promise<boolean> {
  const begun = await readExperimentFile(folder);
  if (begun === undefined) return false;
  const isPart = experiment.seeds.every((seed) => begun.seeds.includes(seed));
  checkSame(folder, begun, isPart ? { ...experiment, seeds: begun.seeds } : experiment);
  return isPart;
}

const patience = 250;
const mostWaited = 60_000;

/** The experiment to which a folder belongs; undefined without an `experiment.json`. */
export async function readExperimentFile(folder: string): Promise<Experiment | undefined> {
  const file = join(folder, experimentFile);
  return fileExists(file, { where })
    ? parseExperiment(await readJson(file, { where }), { where: file })
    : undefined;
}

/** The path of a run's recipe, for `normlab train --recipe`. */
export function recipeFileOf(folder: string, { name }: Pick<PlannedRun, 'name'>): string {
  return join(folder, 'recipes', `${name}.json`);
}

async function writeExperiment(
  folder: string,
  experiment: Experiment,
  runs: readonly PlannedRun[],
): Promise<void> {
  const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  // A recipe's paths start at its own folder, those of an experiment and of the command line where `compare` is called.
  const recipes = runs.map(({ name, settings }) => {
    return { name: `${name}.json`, content: text(placedFrom(process.cwd(), settings)) };
  });
  await writeWhole(join(folder, 'recipes'), recipes, { survives: 'kill' });
  await writeWhole(folder, [{ name: experimentFile, content: text(experiment) }], { survives: 'power-loss' });
}

/**
 * Checks that an experiment is the one begun: it may get more seeds, other words about it, and other settings that
 * decide nothing.
 */
function checkSame(folder: string, begun: Experiment, now: Experiment): void {
  const [was, is] = [deciding(begun), deciding(now)];
  const differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (key) => JSON.stringify(Reflect.get(was, key)) !== JSON.stringify(Reflect.get(is, key)),
  );
  const onlyMoreSeeds =
    differing.every((key) => key === 'seeds') && begun.seeds.every((seed) => now.seeds.includes(seed));
  if (onlyMoreSeeds) return;
  throw new OptionError({
    where,
    what: '--out',
    rule: `hold the same experiment, but the two differ in ${differing.join(', ')}`,
    got: folder,
    hint: differing.some((key) => key !== 'seeds')
      ? 'name another --out'
      : `keep its ${begun.seeds.length} seeds, to which others can be added, or name another --out`,
  });
}

/** The parts of an experiment that decide what its runs compute and how they are judged. */
function deciding({ title, about, settings, when, ...rest }: Experiment): object {
  const kept = (some: Experiment['settings']) =>
    Object.fromEntries(Object.entries(some).filter(([key]) => !decideNothing.has(key)));
  return {
    settings: kept(settings),
    ...rest,
    when: when.map((each) => ({ ...each, settings: kept(each.settings) })),
  };
}
