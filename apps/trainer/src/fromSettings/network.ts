import { SpecError } from '@normlab/errors';
import { readJson } from '@normlab/files';
import { type ModelSpec, type NamedNetworkOptions, network, parseSpec, placeNorms } from '@normlab/models';
import type { SomeSettings } from '../settings/settings.js';

/** What a network is made for. */
export type NetworkPurpose = {
  /** [H, W, C] of an image; the network's own where it is left out. */
  readonly input?: readonly [number, number, number];
  /** K; the network's own where it is left out. */
  readonly classes?: number;
};

/**
 * The network that settings name, for images of a size and a number of classes.
 *
 * @throws DataError for a spec file that cannot be read; SpecError for one that is no network or is for
 *   other images or classes; OptionError for a model that does not exist
 */
export async function makeNetwork(settings: SomeSettings, purpose: NetworkPurpose): Promise<ModelSpec> {
  if (settings.spec !== undefined) return readNetwork(settings.spec, settings, purpose);
  const { model = 'all-cnn' } = settings;
  const options: NamedNetworkOptions = Object.fromEntries(
    networkOptions.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  );
  return network(model, { ...purpose, ...options });
}

/** The settings that are options of a network, under the same names. */
const networkOptions = [
  'norm',
  'normKind',
  'groups',
  'convWeights',
  'activation',
  'width',
  'convBias',
  'head',
  'block',
  'shortcut',
  'dropRate',
] as const satisfies (keyof SomeSettings & keyof NamedNetworkOptions)[];

async function readNetwork(
  file: string,
  { norm }: SomeSettings,
  purpose: NetworkPurpose,
): Promise<ModelSpec> {
  const json = await readJson(file, { where: 'normlab', what: `--spec ${file}` });
  return speakingOf(file, () => {
    const spec = parseSpec(json);
    checkFits(file, spec, purpose);
    return norm === undefined ? spec : placeNorms(spec, norm);
  });
}

/** Runs, and has a fault of the spec name the file that it is in. */
function speakingOf<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError({ ...error.complaint, where: file }, { cause: error.cause ?? error });
  }
}

function checkFits(file: string, spec: ModelSpec, { input, classes }: NetworkPurpose): void {
  if (input !== undefined && spec.input.join() !== input.join()) {
    const rule = `be [${input.join(', ')}], what images become here`;
    throw new SpecError({ where: file, what: 'input', rule, got: spec.input });
  }
  if (classes !== undefined && spec.classes !== classes) {
    const rule = `be ${classes}, as many as there are here`;
    throw new SpecError({ where: file, what: 'classes', rule, got: spec.classes });
  }
}
