import { SpecError } from '@normlab/errors';
import { readJson } from '@normlab/files';
import { type ModelSpec, type NamedNetworkOptions, network, parseSpec, placeNorms } from '@normlab/models';
import type { SomeSettings } from '../settings/settings.js';

/** The input and the number of classes that a network needs. */
export type NetworkPurpose = {
  /** [H, W, C] of an image; the network's default if left out. */
  readonly input?: readonly [number, number, number];
  /** K; the network's default if left out. */
  readonly classes?: number;
  /** What asks for that number of classes, for messages; the data set by default. */
  readonly askedBy?: string;
};

/**
 * The network that the settings name, for the given image shape and number of classes.
 *
 * @throws DataError for a spec file that cannot be read; SpecError for a spec that is invalid or has another input
 *   shape or number of classes; OptionError for an unknown model
 */
export async function makeNetwork(settings: SomeSettings, purpose: NetworkPurpose): Promise<ModelSpec> {
  const { askedBy, ...sizes } = purpose;
  if (settings.spec !== undefined) return readNetwork(settings.spec, settings, purpose);
  const { model = 'all-cnn' } = settings;
  const options: NamedNetworkOptions = Object.fromEntries(
    networkOptions.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  );
  return network(model, { ...sizes, ...options });
}

/** The settings that are also options of a network, with the same names. */
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

/** Runs `read`; a SpecError that it throws names the file. */
function speakingOf<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError({ ...error.complaint, where: file }, { cause: error.cause ?? error });
  }
}

function checkFits(
  file: string,
  spec: ModelSpec,
  { input, classes, askedBy = 'the number of classes of the data set' }: NetworkPurpose,
): void {
  if (input !== undefined && spec.input.join() !== input.join()) {
    const rule = `be [${input.join(', ')}], the shape that the pipeline gives`;
    throw new SpecError({ where: file, what: 'input', rule, got: spec.input });
  }
  if (classes !== undefined && spec.classes !== classes) {
    const rule = `be ${classes}, ${askedBy}`;
    throw new SpecError({ where: file, what: 'classes', rule, got: spec.classes });
  }
}
