import type { OpenBackend } from '@normlab/backends';
import type { SplitDataset } from '@normlab/datasets';
import { DataError } from '@normlab/errors';
import type { ModelSpec } from '@normlab/models';
import * as v from 'valibot';
import type { RunSettings } from '../runSettings.js';
import { finalLearningRate, l2, l2Targets, momentum, pipelineName } from './network.js';

const where = 'run folder';

/** The files of a run folder that `normlab eval` reads. */
export type RunFiles = {
  /** The content of `checkpoint.safetensors`. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
  /** The content of `config.json`. */
  readonly config: string;
};

export type Length = { readonly steps: number; readonly stepsPerEpoch: number };

/** `config.json` of a run of this page, as `normlab train` writes it for the same run. */
export async function configText(
  settings: RunSettings,
  spec: ModelSpec,
  length: Length,
  { name, description, threads }: OpenBackend,
  data: SplitDataset,
): Promise<string> {
  const { model, norm, normKind, width, epochs, batch, seed, learningRate } = settings;
  const config = {
    format: 'normlab-run-1',
    settings: {
      model,
      norm,
      ...(normKind !== 'batch' && { normKind }),
      width,
      dataset: 'built-in',
      pipeline: pipelineName(model),
      epochs,
      batch,
      seed,
      optimizer: 'sgd',
      learningRate,
      schedule: 'exponential',
      finalLearningRate: finalLearningRate(settings),
      warmupSteps: 0,
      momentum,
      nesterov: false,
      l2,
      l2Targets: l2Targets(model),
      // The trainer has no webgl.
      backend: name === 'webgl' ? 'wasm' : name,
    },
    spec,
    length,
    dataset: await summaryOf(data),
    backend: { name, description: `${description}, in a page`, threads },
    versions: {},
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

async function summaryOf({ train, test }: SplitDataset) {
  return {
    trainImages: train.labels.length,
    testImages: test.labels.length,
    shape: train.shape,
    classes: train.classes,
    sha256: await hashOf({ train, test }),
  };
}

async function hashOf({ train, test }: SplitDataset): Promise<string> {
  const bytes = await new Blob(
    [train, test].flatMap(({ images, labels }) => [images, labels] as Uint8Array<ArrayBuffer>[]),
  ).arrayBuffer();
  if (crypto.subtle === undefined) {
    const hint = 'load the page over https, or from localhost';
    throw new DataError({ where, what: 'crypto.subtle', rule: 'exist', got: 'none', hint });
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The part of a `config.json` that the page needs. */
const configSchema = v.object({
  format: v.literal('normlab-run-1'),
  settings: v.object({
    dataset: v.string(),
    pipeline: v.picklist(['crop-24', 'pad-crop-flip', 'plain']),
    trainImages: v.optional(v.number()),
    testImages: v.optional(v.number()),
  }),
  spec: v.unknown(),
  dataset: v.object({ classes: v.array(v.string()), sha256: v.string() }),
});

export type RunConfig = v.InferOutput<typeof configSchema>;

/** @throws DataError for a file that is not the `config.json` of a run */
export function readConfig(text: string): RunConfig {
  const fault = { where, what: 'config.json', rule: 'be as normlab wrote it', file: 'config.json' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError({ ...fault, rule: 'be JSON' }, { cause });
  }
  const read = v.safeParse(configSchema, json);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new DataError({
    ...fault,
    rule: `be as normlab wrote it: ${v.getDotPath(issue) ?? ''} ${issue.message}`,
  });
}

/** Whether a run was trained on these images. */
export async function isOn({ dataset }: RunConfig, data: SplitDataset): Promise<boolean> {
  return dataset.sha256 === (await hashOf(data));
}
