import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackend } from '@normlab/backends';
import { NormlabError } from '@normlab/errors';
import { allCnn, type ModelSpec } from '@normlab/models';
import { tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect } from 'vitest';
import { openBackendOf } from '../../src/fromSettings/backend.js';
import { makeOptimizer, makeSchedule } from '../../src/fromSettings/learning.js';
import { commands } from '../../src/settings/commands.js';
import type { Terminal } from '../../src/terminal/terminal.js';
import { carryOut } from '../../src/training/carryOut.js';
import { prepareRun } from '../../src/training/prepareRun.js';
import { readTrainRequest } from '../../src/training/trainRequest.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { type GivenFlags, itObeysEveryOption, type OptionCase } from './optionCases.js';

const folder = temporaryFolder();
const specFile = join(folder, 'net.json');
const recipeFile = join(folder, 'recipe.json');
const places = [join(folder, 'here'), join(folder, 'there')];

beforeAll(async () => {
  writeFileSync(specFile, JSON.stringify({ ...allCnn({ width: 0.05 }), name: 'of the file' }));
  writeFileSync(recipeFile, '{ "model": "nin" }');
  for (const [name, size] of [
    ['small', 8],
    ['large', 12],
  ] as const) {
    for (const place of ['train/dark', 'train/light', 'test/dark', 'test/light']) {
      mkdirSync(join(folder, name, place), { recursive: true });
      const background = place.endsWith('dark') ? '#102030' : '#d0e0f0';
      const image = sharp({ create: { width: size, height: size, channels: 3, background } });
      await image.png().toFile(join(folder, name, place, '0.png'));
    }
  }
});

/** Flags for very few images and a very narrow network. */
const small: GivenFlags = { trainImages: '40', testImages: '10', width: '0.03', batch: '20', epochs: '2' };

async function requestOf(flags: GivenFlags) {
  const { epochs, ...rest } = small;
  const length = flags.steps === undefined ? { epochs } : {};
  const narrow = flags.spec === undefined ? {} : { width: undefined };
  const images = flags.dataset === 'images' ? { trainImages: undefined, testImages: undefined } : {};
  return readTrainRequest({ ...rest, ...length, ...narrow, ...images, ...flags });
}

/** The run that the flags ask for, before a backend is open. */
async function planOf(flags: GivenFlags) {
  return prepareRun(await requestOf(flags), folder, { decoded: () => {}, ended: () => {}, warn: () => {} });
}

async function specOf(flags: GivenFlags): Promise<ModelSpec> {
  return (await planOf(flags)).spec;
}

/** All layers, those of residual blocks too. */
function layersOf(layers: ModelSpec['layers']): ModelSpec['layers'] {
  return layers.flatMap((layer) =>
    layer.type === 'residual' ? [layer, ...layersOf(layer.layers)] : [layer],
  );
}

function residualsOf({ layers }: ModelSpec) {
  return layers.flatMap((layer) => (layer.type === 'residual' ? [layer] : []));
}

/** Whether each norm has a gain. */
async function gains(flags: GivenFlags): Promise<unknown[]> {
  return layersOf((await specOf(flags)).layers).flatMap((layer) =>
    layer.type === 'norm' ? [Reflect.get(layer, 'gain')] : [],
  );
}

/** One value of the first layer of a type. */
function firstOf(type: ModelSpec['layers'][number]['type'], key: string) {
  return async (flags: GivenFlags): Promise<unknown> => {
    const layer = layersOf((await specOf(flags)).layers).find((each) => each.type === type);
    return Reflect.get(layer!, key);
  };
}

/** The learning rates at some steps of a run of 4. */
async function ratesOf(flags: GivenFlags): Promise<number[]> {
  const { settings, length } = await planOf(flags);
  const schedule = makeSchedule(settings, length.steps);
  return [0, 1, 2, 3].map((step) => Number(schedule(step).toPrecision(6)));
}

/** A kernel's and an offset's value after two steps from 1, each along a gradient of 1. */
async function afterTwoSteps(flags: GivenFlags): Promise<number[]> {
  const backend = await openBackend('cpu');
  try {
    const { settings, length } = await planOf({ schedule: 'constant', learningRate: '0.1', ...flags });
    const optimizer = makeOptimizer(settings, length.steps);
    return tidy(() => {
      const gradients = { 'conv1/kernel': tensor([1], [1, 1, 1, 1]), 'norm1/offset': tensor1d([1]) };
      let params: Record<string, ReturnType<typeof tensor>> = {
        'conv1/kernel': tensor([1], [1, 1, 1, 1]),
        'norm1/offset': tensor1d([1]),
      };
      let state = optimizer.init(params);
      for (let step = 0; step < 2; step++)
        ({ params, state } = optimizer.update(gradients, state, params, step));
      return ['conv1/kernel', 'norm1/offset'].map((path) =>
        Number(params[path]!.dataSync()[0]!.toPrecision(5)),
      );
    });
  } finally {
    await backend.close();
  }
}

const silent: Terminal = {
  ...{ result: () => {}, say: () => {}, warn: () => {}, watched: false, json: false },
  columns: () => Number.POSITIVE_INFINITY,
};

type Line = Readonly<Record<string, unknown>> & { readonly type: string; readonly step: number };
type Trained = { readonly folder: string; readonly said: readonly string[] };
const trained = new Map<string, Promise<Trained>>();

/** Trains with the flags; runs of the same flags are trained once. */
async function train(flags: GivenFlags): Promise<Trained> {
  const key = JSON.stringify(flags);
  const run =
    trained.get(key) ??
    (async () => {
      const out = join(folder, `run${trained.size}`);
      const said: string[] = [];
      const onOneThread = flags.backend === undefined && flags.threads === undefined ? { threads: '1' } : {};
      const request = await requestOf({ ...onOneThread, ...flags, out });
      await carryOut(request, { ...silent, say: (text) => said.push(text) });
      return { folder: out, said };
    })();
  trained.set(key, run);
  return run;
}

function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The steps of the log's lines of one type. */
function stepsOf(type: string) {
  return async (flags: GivenFlags): Promise<number[]> =>
    linesOf(join((await train(flags)).folder, 'metrics.jsonl'))
      .filter((line) => line.type === type)
      .map(({ step }) => step);
}

async function filesOf(flags: GivenFlags): Promise<string[]> {
  return readdirSync((await train(flags)).folder);
}

async function lossesOf(flags: GivenFlags): Promise<unknown[]> {
  const lines = linesOf(join((await train(flags)).folder, 'metrics.jsonl'));
  return lines.filter(({ type }) => type === 'step').map(({ loss }) => loss);
}

/** The description of the backend that is opened, or why it is not. */
async function opened(flags: GivenFlags): Promise<string> {
  const { settings } = await requestOf(flags);
  try {
    const backend = await openBackendOf(settings);
    await backend.close();
    return backend.description;
  } catch (error) {
    if (error instanceof NormlabError) return error.message;
    throw error;
  }
}

/** What was recorded: kinds, each with its steps. */
async function recorded(flags: GivenFlags): Promise<Record<string, number[]>> {
  const file = join((await train(flags)).folder, 'recordings.jsonl');
  const lines = existsSync(file) ? linesOf(file) : [];
  const kinds = [...new Set(lines.map(({ type }) => type))].sort();
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      [...new Set(lines.filter(({ type }) => type === kind).map(({ step }) => step))],
    ]),
  );
}

const resNet: GivenFlags = { model: 'resnet-11', pipeline: 'crop-24' };
const images: GivenFlags = { dataset: 'images', data: join(folder, 'small'), pipeline: 'plain' };

const cases: Readonly<Record<keyof typeof commands.train.options, OptionCase>> = {
  model: {
    see: async (flags) => (await specOf(flags)).name,
    values: [
      ['nin', 'nin'],
      [undefined, 'all-cnn'],
    ],
  },
  spec: {
    see: async (flags) => (await specOf(flags)).name,
    values: [
      [specFile, 'of the file'],
      [undefined, 'all-cnn'],
    ],
  },
  norm: {
    see: gains,
    values: [
      ['bn', Array(9).fill(true)],
      ['cbn-all', Array(9).fill(false)],
    ],
  },
  normKind: {
    see: firstOf('norm', 'kind'),
    values: [
      ['layer', 'layer'],
      [undefined, undefined],
    ],
  },
  groups: {
    beside: { normKind: 'group' },
    see: firstOf('norm', 'groups'),
    values: [
      ['3', 3],
      ['1', 1],
    ],
  },
  convWeights: {
    see: firstOf('conv', 'weights'),
    values: [
      ['weight-norm', 'weight-norm'],
      [undefined, undefined],
    ],
  },
  width: {
    see: firstOf('conv', 'channels'),
    values: [
      ['0.03', 3],
      ['0.0625', 6],
    ],
  },
  activation: {
    see: firstOf('activation', 'kind'),
    values: [
      ['tanh', 'tanh'],
      [undefined, 'relu'],
    ],
  },
  block: {
    beside: resNet,
    see: async (flags) => residualsOf(await specOf(flags)).map(({ layers }) => layers[0]!.type),
    values: [
      ['pre-activation', ['conv', 'norm', 'norm']],
      ['post-activation', ['conv', 'conv', 'conv']],
    ],
  },
  shortcut: {
    beside: resNet,
    see: async (flags) => residualsOf(await specOf(flags)).map(({ shortcut }) => typeof shortcut),
    values: [
      ['projection', ['object', 'object', 'object']],
      [undefined, ['undefined', 'undefined', 'undefined']],
    ],
  },
  head: {
    see: async (flags) => (await specOf(flags)).layers.at(-1)!.type,
    values: [
      ['dense', 'dense'],
      [undefined, 'globalPool'],
    ],
  },
  dropRate: {
    beside: { model: 'nin' },
    see: firstOf('dropout', 'dropRate'),
    values: [
      ['0.25', 0.25],
      [undefined, 0.5],
    ],
  },
  convBias: {
    see: firstOf('conv', 'bias'),
    values: [
      [true, true],
      [undefined, false],
    ],
  },
  dataset: {
    see: async ({ dataset }) =>
      (await planOf(dataset === undefined ? {} : { ...images, dataset })).data.train.classes.length,
    values: [
      ['images', 2],
      [undefined, 10],
    ],
  },
  data: {
    beside: images,
    see: async (flags) => (await planOf(flags)).data.train.shape,
    values: [
      [join(folder, 'small'), [8, 8, 3]],
      [join(folder, 'large'), [12, 12, 3]],
    ],
  },
  pipeline: {
    see: async (flags) => (await specOf(flags)).input,
    values: [
      ['plain', [32, 32, 3]],
      ['crop-24', [24, 24, 3]],
      ['pad-crop-flip', [32, 32, 3]],
    ],
  },
  trainImages: {
    see: async (flags) => (await planOf(flags)).data.train.labels.length,
    values: [
      ['30', 30],
      ['60', 60],
    ],
  },
  testImages: {
    see: async (flags) => (await planOf(flags)).data.test.labels.length,
    values: [
      ['20', 20],
      ['30', 30],
    ],
  },
  validation: {
    see: async (flags) => {
      const { train, validation } = (await planOf(flags)).data;
      return [train.labels.length, validation?.labels.length];
    },
    values: [
      ['10', [30, 10]],
      [undefined, [40, undefined]],
    ],
  },
  epochs: {
    see: async (flags) => (await planOf(flags)).length,
    values: [
      ['1', { steps: 2, stepsPerEpoch: 2 }],
      ['3', { steps: 6, stepsPerEpoch: 2 }],
    ],
  },
  steps: {
    see: async (flags) => (await planOf(flags)).length,
    values: [
      ['3', { steps: 3, stepsPerEpoch: 2 }],
      ['5', { steps: 5, stepsPerEpoch: 2 }],
    ],
  },
  batch: {
    see: stepsOf('step'),
    values: [
      ['10', [1, 2, 3, 4, 5, 6, 7, 8]],
      ['40', [1, 2]],
    ],
  },
  seed: {
    see: async (flags) => (await lossesOf(flags)).map(String).join() === (await lossesOf({})).join(),
    values: [
      ['2', false],
      ['1', true],
    ],
  },
  checkpointEvery: {
    // Norms are recorded at each checkpoint.
    beside: { record: 'norms', norm: 'bn' },
    see: recorded,
    values: [
      ['1', { norm: [1, 2, 3, 4] }],
      [undefined, { norm: [2, 4] }],
    ],
  },
  evaluateEvery: {
    see: stepsOf('evaluation'),
    values: [
      ['2', [4]],
      [undefined, [2, 4]],
    ],
  },
  keepBest: {
    see: async (flags) => (await filesOf(flags)).includes('best'),
    values: [
      [true, true],
      [undefined, false],
    ],
  },
  record: {
    beside: { norm: 'bn' },
    see: async (flags) => Object.keys(await recorded(flags)),
    values: [
      ['norms', ['norm']],
      ['norms,outputs', ['norm', 'output']],
      [undefined, []],
    ],
  },
  recordEvery: {
    beside: { record: 'weights' },
    see: recorded,
    values: [
      ['1', { weights: [1, 2, 3, 4] }],
      ['3', { weights: [3] }],
    ],
  },
  tensorboard: {
    see: async (flags) => (await filesOf(flags)).some((name) => name.startsWith('events.out.tfevents.')),
    values: [
      [true, true],
      [undefined, false],
    ],
  },
  note: {
    see: async (flags) => (await train(flags)).said.filter((line) => line.startsWith('note')),
    values: [
      ['the first try', ['note      the first try']],
      [undefined, []],
    ],
  },
  optimizer: {
    beside: { l2: '0' },
    see: afterTwoSteps,
    values: [
      // Each step of Adam is as long as the learning rate, while the gradient stays the same.
      ['adamw', [0.8, 0.8]],
      [undefined, [0.71, 0.71]],
    ],
  },
  learningRate: {
    beside: { schedule: 'constant' },
    see: ratesOf,
    values: [
      ['0.2', [0.2, 0.2, 0.2, 0.2]],
      [undefined, [0.1, 0.1, 0.1, 0.1]],
    ],
  },
  schedule: {
    see: ratesOf,
    values: [
      ['constant', [0.1, 0.1, 0.1, 0.1]],
      // 0.1·100^(−t/4)
      ['exponential', [0.1, 0.0316228, 0.01, 0.00316228]],
      // 0.001 + 0.099·(1 + cos(πt/4))/2
      ['cosine', [0.1, 0.0855018, 0.0505, 0.0154982]],
    ],
  },
  finalLearningRate: {
    see: ratesOf,
    values: [
      ['0.01', [0.1, 0.0562341, 0.0316228, 0.0177828]],
      [undefined, [0.1, 0.0316228, 0.01, 0.00316228]],
    ],
  },
  decaySteps: {
    see: ratesOf,
    values: [
      ['2', [0.1, 0.01, 0.001, 0.0001]],
      [undefined, [0.1, 0.0316228, 0.01, 0.00316228]],
    ],
  },
  staircase: {
    beside: { decaySteps: '2' },
    see: ratesOf,
    values: [
      [true, [0.1, 0.1, 0.001, 0.001]],
      [undefined, [0.1, 0.01, 0.001, 0.0001]],
    ],
  },
  boundaries: {
    beside: { schedule: 'piecewise' },
    see: ratesOf,
    values: [
      ['1', [0.1, 0.01, 0.01, 0.01]],
      ['2,3', [0.1, 0.1, 0.01, 0.001]],
    ],
  },
  drop: {
    beside: { schedule: 'piecewise', boundaries: '2' },
    see: ratesOf,
    values: [
      ['0.5', [0.1, 0.1, 0.05, 0.05]],
      [undefined, [0.1, 0.1, 0.01, 0.01]],
    ],
  },
  warmupSteps: {
    beside: { schedule: 'constant' },
    see: ratesOf,
    values: [
      ['2', [0.05, 0.1, 0.1, 0.1]],
      [undefined, [0.1, 0.1, 0.1, 0.1]],
    ],
  },
  momentum: {
    beside: { l2: '0' },
    see: afterTwoSteps,
    values: [
      // The second step is 0.1·(1 + m).
      ['0.5', [0.75, 0.75]],
      [undefined, [0.71, 0.71]],
    ],
  },
  nesterov: {
    beside: { l2: '0' },
    see: afterTwoSteps,
    values: [
      // Steps of 0.1·(1 + 0.9·v) with v = 1, then 1.9.
      [true, [0.539, 0.539]],
      [undefined, [0.71, 0.71]],
    ],
  },
  l2: {
    beside: { momentum: '0' },
    see: afterTwoSteps,
    values: [
      // w − 0.1·(1 + w/2), twice.
      ['0.5', [0.7075, 0.7075]],
      ['0', [0.8, 0.8]],
    ],
  },
  l2Targets: {
    beside: { momentum: '0', l2: '0.5' },
    see: afterTwoSteps,
    values: [
      ['kernels', [0.7075, 0.8]],
      [undefined, [0.7075, 0.7075]],
    ],
  },
  backend: {
    see: opened,
    values: [
      ['cpu', expect.stringMatching(/^cpu: /)],
      [undefined, expect.stringMatching(/^wasm: /)],
    ],
  },
  threads: {
    see: opened,
    values: [
      ['1', expect.stringContaining('1 thread,')],
      ['2', expect.stringContaining('2 threads,')],
    ],
  },
  build: {
    see: opened,
    values: [
      ['plain', expect.stringContaining('plain kernels')],
      ['relaxed', expect.stringContaining('relaxed kernels')],
    ],
  },
  adapter: {
    beside: { backend: 'webgpu' },
    see: opened,
    values: [
      ['no such GPU', expect.stringContaining('no such GPU')],
      ['software', expect.stringMatching(/^webgpu: /)],
    ],
  },
  recipe: {
    see: async (flags) => (await specOf(flags)).name,
    values: [
      [recipeFile, 'nin'],
      [undefined, 'all-cnn'],
    ],
  },
  out: {
    see: async (flags) => {
      await carryOut(await requestOf({ threads: '1', steps: '1', ...flags }), silent);
      return places.filter((place) => existsSync(join(place, 'config.json')));
    },
    values: [
      [places[0], [places[0]]],
      [places[1], places],
    ],
  },
  resume: {
    // A run of another seed is trained on one thread; neither is said again.
    see: async ({ resume }) => {
      const begun = await train({ seed: '2' });
      const request = await readTrainRequest(resume === undefined ? {} : { resume: begun.folder });
      return [request.kind, request.settings.seed, request.settings.threads];
    },
    values: [
      ['the folder', ['resume', 2, 1]],
      [undefined, ['new', 1, undefined]],
    ],
  },
};

describe('normlab train obeys', () => {
  itObeysEveryOption(commands.train.options, cases);
});
