import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameHint, OptionError } from '@normlab/errors';
import {
  type Experiment,
  type Settings as ExperimentSettings,
  parseExperiment,
  type SettingValue,
} from '@normlab/experiments';
import { readJson } from '@normlab/files';

/** An experiment and its name, which is also the name of its default folder. */
export type NamedExperiment = { readonly name: string; readonly experiment: Experiment };

const experimentsFolder = fileURLToPath(new URL('../../experiments', import.meta.url));

/**
 * Reads an experiment by the name of one of normlab's experiments, or by the path of a `.json` file; a relative path of
 * a recipe in the file is relative to the file, one of `data` to the working directory.
 *
 * @throws OptionError for an unknown name or a fault in the experiment; DataError if the file cannot be read
 */
export async function readExperiment(nameOrPath: string): Promise<NamedExperiment> {
  const isPath = nameOrPath.endsWith('.json');
  const file = isPath ? resolve(nameOrPath) : await shipped(nameOrPath);
  const name = isPath ? basename(file, '.json') : nameOrPath;
  const where = `experiment ${name}`;
  const experiment = parseExperiment(await readJson(file, { where }), { where });
  const { extends: recipe, settings, arms, when, reference } = experiment;
  return {
    name,
    experiment: {
      ...experiment,
      ...(recipe?.endsWith('.json') && { extends: resolve(dirname(file), recipe) }),
      settings: placed(settings),
      arms: arms.map((block) =>
        block.data === undefined ? block : { ...block, data: block.data.map(placeOf) },
      ),
      when: when.map((each) => ({ arm: placed(each.arm), settings: placed(each.settings) })),
      reference: placed(reference),
    },
  };
}

/** The folder of the data as seen from everywhere, as the `config.json` of a run names it. */
function placed(settings: ExperimentSettings): ExperimentSettings {
  return settings.data === undefined ? settings : { ...settings, data: placeOf(settings.data) };
}

/** Values that are no text are refused later, with the other settings. */
function placeOf(data: SettingValue): SettingValue {
  return typeof data === 'string' && data !== '' ? resolve(data) : data;
}

/** Names of normlab's experiments, as `normlab compare` accepts them. */
export async function experimentNames(): Promise<string[]> {
  const entries = await readdir(experimentsFolder, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => entry.slice(0, -'.json'.length).split(sep).join('/'))
    .sort();
}

async function shipped(name: string): Promise<string> {
  const names = await experimentNames();
  if (names.includes(name)) return join(experimentsFolder, `${name}.json`);
  throw new OptionError({
    where: 'normlab compare',
    what: '<experiment>',
    rule: 'be an experiment of normlab or the path of a .json file',
    got: name,
    hint: nameHint(name, names),
  });
}
