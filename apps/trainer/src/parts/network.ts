import { readFile } from 'node:fs/promises';
import { DataError, OptionError, SpecError } from '@normlab/errors';
import { allCnn, type ModelSpec, parseSpec, placeNorms } from '@normlab/models';
import type { SomeSettings } from '../settings/settings.js';

/** What a network is made for. */
export type NetworkPurpose = {
  /** [H, W, C] of a picture. */
  readonly input: readonly [number, number, number];
  /** K */
  readonly classes: number;
};

/**
 * The network that settings name, for pictures of a size and a number of classes.
 *
 * @throws DataError for a spec file that cannot be read; SpecError for one that is no network or is for
 *   other pictures or classes; OptionError for a model that does not exist
 */
export async function makeNetwork(settings: SomeSettings, purpose: NetworkPurpose): Promise<ModelSpec> {
  if (settings.spec !== undefined) return readNetwork(settings.spec, settings, purpose);
  const { model = 'all-cnn', norm, activation, width, convBias, head, block } = settings;
  const options = {
    ...purpose,
    ...(norm === undefined ? {} : { norm }),
    ...(activation === undefined ? {} : { activation }),
    ...(width === undefined ? {} : { width }),
    ...(convBias === undefined ? {} : { convBias }),
  };
  if (model === 'all-cnn') return allCnn({ ...options, ...(head === undefined ? {} : { head }) });
  throw new OptionError({ where: 'normlab', what: '--model', rule: 'be all-cnn', got: { model, block } });
}

async function readNetwork(
  file: string,
  { norm }: SomeSettings,
  purpose: NetworkPurpose,
): Promise<ModelSpec> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, 'be a file that can be read', cause);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable(file, 'hold JSON', cause);
  }
  const spec = parseSpec(json);
  checkFits(file, spec, purpose);
  return norm === undefined ? spec : placeNorms(spec, norm);
}

function checkFits(file: string, spec: ModelSpec, { input, classes }: NetworkPurpose): void {
  if (spec.input.join() !== input.join()) {
    const rule = `be [${input.join(', ')}], what the pipeline makes of this data set's pictures`;
    throw new SpecError({ where: file, what: 'input', rule, got: spec.input });
  }
  if (spec.classes !== classes) {
    const rule = `be ${classes}, as many as the data set has`;
    throw new SpecError({ where: file, what: 'classes', rule, got: spec.classes });
  }
}

function unreadable(file: string, rule: string, cause: unknown): DataError {
  const got = cause instanceof Error ? cause.message : cause;
  return new DataError({ where: 'normlab', what: `--spec ${file}`, rule, got, file }, { cause });
}
