import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readRun, runFolders } from '@normlab/experiments/node';
import { type NamedFile, writeWhole } from '@normlab/files';

/** Every so many steps one line of a run's metrics is kept; epochs and evaluations are kept whole. */
const stepsKept = 100;

/** Recorded values are float32: more digits say nothing. */
const digits = 7;

/**
 * Keeps the logs of all runs that are over: `config.json` without the path of the images, `metrics.jsonl` thinned,
 * `recordings.jsonl` rounded. No weights.
 *
 * @param from a folder of `normlab compare`
 * @param to the folder of the evidence
 * @returns the names of the kept runs
 */
export async function keepRuns(from: string, to: string): Promise<string[]> {
  const kept: string[] = [];
  for (const folder of await runFolders(from)) {
    const { state } = await readRun(folder);
    if (state !== 'done' && state !== 'diverged') continue;
    const name = basename(folder);
    await writeWhole(join(to, name), await filesOf(folder), { survives: 'kill' });
    kept.push(name);
  }
  return kept;
}

async function filesOf(folder: string): Promise<NamedFile[]> {
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  const files = [
    { name: 'config.json', content: withoutPaths(await text('config.json')) },
    { name: 'metrics.jsonl', content: mappedLines(await text('metrics.jsonl'), thinned) },
  ];
  if (!existsSync(join(folder, 'recordings.jsonl'))) return files;
  const content = mappedLines(await text('recordings.jsonl'), (line) => [rounded(line)]);
  return [...files, { name: 'recordings.jsonl', content }];
}

type Line = Readonly<Record<string, unknown>>;

function mappedLines(text: string, map: (line: Line) => readonly Line[]): string {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .flatMap((line) => map(JSON.parse(line)))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function thinned(line: Line): Line[] {
  return line.type === 'step' && Number(line.step) % stepsKept !== 0 ? [] : [line];
}

function rounded(line: Line): Line {
  return JSON.parse(
    JSON.stringify(line, (_, value) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value,
    ),
  );
}

/** Where the images and the recipe lay, and on which computer, is of no use to others. */
function withoutPaths(text: string): string {
  const config = JSON.parse(text);
  delete config.settings.data;
  if (config.provenance !== undefined) {
    const { recipe: _, ...kept } = config.provenance;
    config.provenance = { ...kept, command: 'normlab compare', host: 'not kept' };
  }
  return `${JSON.stringify(config, null, 2)}\n`;
}
