import { basename, join, resolve } from 'node:path';
import { DataError } from '@normlab/errors';
import {
  type Analysis,
  analyse,
  type Experiment,
  inferExperiment,
  parseRecordings,
  parseStepTimes,
  type Recording,
  type RunLog,
  type StepTimes,
} from '@normlab/experiments';
import { runFolders } from '@normlab/experiments/node';
import { decodeText, fileExists, readPlainFile } from '@normlab/files';
import { countParams, networkNames, placements } from '@normlab/models';
import type { ParameterRow, ReportInput } from '@normlab/report';
import { makeNetwork } from '../fromSettings/network.js';
import { dependsOn } from '../settings/dependsOn.js';
import { decideNothing } from '../settings/trainOptions.js';
import { shellWord } from '../terminal/shellWord.js';
import type { Skipping } from '../terminal/skipUnreadable.js';
import { readExperimentFile } from './experimentFolder.js';
import { runFolderState } from './runFolderState.js';
import { paperCount } from './table4.js';
import { withDefaults } from './withDefaults.js';

const where = 'normlab report';

/** What differences between the settings of runs mean. */
const meaning = { decideNothing, dependsOn };

/**
 * The input of a folder's report: its experiment, or, without an `experiment.json`, the experiment inferred from its
 * runs. A run that cannot be read is left out.
 *
 * @throws DataError if the folder holds neither runs nor an experiment
 */
export async function gatherReport(folder: string, skipping: Skipping): Promise<ReportInput> {
  const folders = await runFolders(folder);
  const states = await Promise.all(folders.map((each) => skipping.read(() => runFolderState(each))));
  const logs = withDefaults(states.flatMap((state) => state?.log ?? []));
  const given = await readExperimentFile(folder);
  if (given === undefined && logs.length === 0) {
    const what = skipping.hasSkipped() ? 'a run that can be read' : 'runs';
    const rule = `hold ${what}, or an experiment.json`;
    throw new DataError({ where, what: folder, rule, file: folder });
  }
  const experiment =
    given ?? inferExperiment(logs, { title: `Runs in ${basename(resolve(folder))}`, ...meaning });
  const recordings = await readRecordings(folders, skipping);
  return {
    analysis: analyse(experiment, logs, {
      recordings,
      ...meaning,
      stepTimes: await readStepTimes(folder),
    }),
    logs,
    recordings,
    parameters: await table4(logs),
    commands: given === undefined ? [] : [commandOf(folder, given, logs)],
  };
}

/**
 * The call that carries an experiment out again; it names the folder of the data if all runs have the same, and the
 * experiment gives none to some arms.
 */
function commandOf(folder: string, { arms, when }: Experiment, logs: readonly RunLog[]): string {
  const [data, ...others] = new Set(logs.map(({ head }) => head.settings.data));
  const isOfArms = [...arms, ...when.map(({ settings }) => settings)].some((each) => each.data !== undefined);
  const isOfAll = typeof data === 'string' && others.length === 0 && !isOfArms;
  return [
    `normlab compare ${shellWord(join(folder, 'experiment.json'))} --out ${shellWord(folder)}`,
    ...(isOfAll ? [`--data ${shellWord(data)}`] : []),
  ].join(' ');
}

/** The verdicts as lines for a terminal. */
export function verdictLines({ claims, notes }: Analysis): string[] {
  return [
    ...claims.map(({ claim, words, group, sentence }) => {
      const place = group === 'all' ? '' : ` (${group})`;
      return `${claim}. ${words}${place}\n   ${sentence}`;
    }),
    ...notes,
  ];
}

async function readStepTimes(folder: string): Promise<StepTimes | undefined> {
  const file = join(folder, 'step-times.json');
  const text = await readTextIfThere(file);
  return text === undefined ? undefined : parseStepTimes(file, text);
}

async function readRecordings(
  folders: readonly string[],
  skipping: Skipping,
): Promise<Map<string, readonly Recording[]>> {
  const all = new Map<string, readonly Recording[]>();
  for (const folder of folders) {
    const file = join(folder, 'recordings.jsonl');
    const recordings = await skipping.read(async () => {
      const text = await readTextIfThere(file);
      return text === undefined ? undefined : parseRecordings(file, text);
    });
    if (recordings !== undefined) all.set(basename(folder), recordings);
  }
  return all;
}

async function readTextIfThere(file: string): Promise<string | undefined> {
  if (!fileExists(file, { where })) return undefined;
  return decodeText(await readPlainFile(file, { where }), { where, what: file, file });
}

/** Table 4 if the runs train its networks. */
async function table4(logs: readonly RunLog[]): Promise<ParameterRow[]> {
  const models = networkNames.filter(
    (model) => model.startsWith('resnet-') && logs.some(({ head }) => head.settings.model === model),
  );
  const rows = await Promise.all(
    models.flatMap((model) =>
      placements.map(async (norm) => {
        const spec = await makeNetwork({ model, norm, width: 1 }, {});
        return {
          model,
          norm,
          counted: countParams(spec).trainable,
          paper: paperCount(model, norm, spec.classes),
        };
      }),
    ),
  );
  return rows.filter(({ paper }) => paper !== null);
}
