import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExperiment, parseRecordings } from '@normlab/experiments';
import { readRun } from '@normlab/experiments/node';
import { network, parseSpec } from '@normlab/models';
import { normlab } from '../command.js';
import { tinyExperiment, tinyRun } from '../tinyRun.js';
import { damageBytes } from './damageBytes.js';
import { damageJson } from './damageJson.js';
import { internal, type Subject } from './subject.js';

const recipe = {
  about: { title: 'A recipe', command: 'normlab train', time: '1 s', accuracy: '10 %' },
  extends: 'cpu/all-cnn-bn',
  model: 'nin',
  norm: 'cbn-all',
  epochs: 3,
  width: 0.25,
  boundaries: [10, 20],
  schedule: 'piecewise',
};

/** Specs, recipes, experiments, and the JSON and JSON lines of a run folder. */
export async function textSubjects(folder: string): Promise<Subject[]> {
  const { readRecipe } = await internal<{ readRecipe: (file: string) => Promise<unknown> }>(
    'apps/trainer/dist/settings/readRecipe.js',
  );
  const { readRunConfig } = await internal<{ readRunConfig: (folder: string) => Promise<unknown> }>(
    'apps/trainer/dist/runFolder/runConfig.js',
  );
  const { readMetrics } = await internal<{ readMetrics: (folder: string) => unknown }>(
    'apps/trainer/dist/runFolder/metricsLog.js',
  );
  const { stderr, status } = await normlab(['train', ...tinyRun, '--out', 'run'], folder);
  if (status !== 0) throw new Error(`train does not work: ${stderr}`);
  const damagedRun = join(folder, 'damaged');
  await mkdir(damagedRun);
  const config: unknown = JSON.parse(await readFile(join(folder, 'run/config.json'), 'utf8'));
  const metrics = await readFile(join(folder, 'run/metrics.jsonl'));
  const recordings = await readFile(join(folder, 'run/recordings.jsonl'));
  const spec = network('resnet-29', { norm: 'bn', width: 0.1 });
  const recipeFile = join(folder, 'recipe.json');
  return [
    {
      name: 'spec',
      read: async (stream) => {
        const value = jsonOf(damageJson(spec, stream));
        if (value === undefined) return 'refused';
        parseSpec(value);
        return 'accepted';
      },
    },
    {
      name: 'recipe',
      read: async (stream) => {
        await writeFile(recipeFile, damageJson(recipe, stream));
        await readRecipe(recipeFile);
        return 'accepted';
      },
    },
    {
      name: 'experiment',
      read: async (stream) => {
        const value = jsonOf(damageJson(tinyExperiment, stream));
        if (value === undefined) return 'refused';
        parseExperiment(value, { where: 'experiment' });
        return 'accepted';
      },
    },
    {
      name: 'config.json',
      read: async (stream) => {
        await writeFile(join(damagedRun, 'config.json'), damageJson(config, stream));
        await writeFile(join(damagedRun, 'metrics.jsonl'), metrics);
        await readRunConfig(damagedRun);
        await readRun(damagedRun);
        return 'accepted';
      },
    },
    {
      name: 'metrics.jsonl',
      read: async (stream) => {
        await writeFile(join(damagedRun, 'config.json'), JSON.stringify(config));
        await writeFile(join(damagedRun, 'metrics.jsonl'), damageBytes(metrics, stream));
        readMetrics(damagedRun);
        await readRun(damagedRun);
        return 'accepted';
      },
    },
    {
      name: 'recordings.jsonl',
      read: async (stream) => {
        parseRecordings('recordings.jsonl', damageBytes(recordings, stream).toString());
        return 'accepted';
      },
    },
  ];
}

/** The value of a JSON text; undefined where it is none: those who read files refuse such a text before. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
