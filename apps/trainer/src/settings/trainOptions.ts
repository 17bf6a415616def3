import {
  activationNames,
  blockKinds,
  convWeights,
  networkNames,
  normKinds,
  placements,
  shortcutKinds,
} from '@normlab/models/spec';
import { z } from 'zod';
import { type Condition, type Option, option, type Values } from './option.js';
import {
  above,
  atLeast,
  between,
  integer,
  line,
  oneOf,
  oneOrSeveralOf,
  risingSteps,
  text,
  yesOrNo,
} from './optionSchemas.js';

/** What a run can record beside its metrics. */
const recordingKinds = ['norms', 'outputs', 'weights'] as const;

export type RecordingKind = (typeof recordingKinds)[number];

const modelNames: readonly string[] = networkNames;
const noSpec: Condition = { key: 'spec', is: 'absent' };
const exponential: Condition = { key: 'schedule', is: ['exponential'] };
const piecewise: Condition = { key: 'schedule', is: ['piecewise'] };
const bySgd: Condition = { key: 'optimizer', is: ['sgd'] };
const onWasm: Condition = { key: 'backend', is: ['wasm'] };

/**
 * Everything that decides what a training run computes, one row per option: the flags of `normlab train`, the keys of
 * recipes and of `settings` in a run's `config.json` (in this order), their help, defaults and refusals, and the
 * README's table. This file has no heavy imports, above all not TensorFlow.js, because `--help` reads it.
 *
 * A row that is added later must not be `always`: older runs have no value for it.
 */
export const trainOptions = {
  model: option({
    group: 'Network',
    value: '<name>',
    about: 'the network; other depths as resnet-N',
    schema: z
      .string({ error: `be one of ${modelNames.join(', ')}` })
      .refine((name) => modelNames.includes(name) || /^resnet-\d+$/.test(name), {
        error: `be one of ${modelNames.join(', ')}`,
      }),
    names: modelNames,
    fallback: 'all-cnn',
  }),
  spec: option({
    group: 'Network',
    value: '<file>',
    about: 'a network spec in a JSON file',
    schema: text('be the path of a network spec'),
    insteadOf: 'model',
  }),
  norm: option({
    group: 'Network',
    value: '<placement>',
    about: 'where norm layers are, and whether they are constant',
    schema: oneOf(placements),
    fallback: {
      by: ({ spec }) => (spec === undefined ? 'cbn-lconv-nobn' : undefined),
      of: ['spec'],
      shown: 'cbn-lconv-nobn; with --spec: as in the spec',
    },
  }),
  normKind: option({
    group: 'Network',
    value: '<kind>',
    about: 'the kind of norm',
    schema: oneOf(normKinds),
    fallback: { shown: 'batch' },
    only: [noSpec],
  }),
  groups: option({
    group: 'Network',
    value: '<n>',
    about: 'groups of channels; if it does not divide the channels, their largest common divisor',
    schema: integer(1),
    fallback: { shown: '32' },
    only: [{ key: 'normKind', is: ['group'] }],
  }),
  convWeights: option({
    group: 'Network',
    value: '<name>',
    about: 'the parametrization of convolution kernels',
    schema: oneOf(convWeights),
    fallback: { shown: 'plain' },
    only: [noSpec],
  }),
  width: option({
    group: 'Network',
    value: '<factor>',
    about: 'factor on the number of channels',
    schema: above(0),
    fallback: 0.25,
    only: [noSpec],
  }),
  activation: option({
    group: 'Network',
    value: '<name>',
    about: 'after each norm',
    schema: oneOf(activationNames),
    fallback: { shown: 'relu' },
    only: [noSpec],
  }),
  block: option({
    group: 'Network',
    value: '<kind>',
    about: 'order of norm and convolution',
    schema: oneOf(blockKinds),
    fallback: { shown: 'pre-activation' },
    only: [{ key: 'model', is: ['resnet-N'] }],
  }),
  shortcut: option({
    group: 'Network',
    value: '<kind>',
    about: 'the shortcut of residual blocks',
    schema: oneOf(shortcutKinds),
    fallback: { shown: 'parameter-free' },
    only: [{ key: 'model', is: ['resnet-N'] }],
  }),
  head: option({
    group: 'Network',
    value: '<kind>',
    about: 'the layer that computes the logits',
    schema: oneOf(['conv', 'dense']),
    fallback: { shown: 'conv' },
    only: [{ key: 'model', is: ['all-cnn'] }],
  }),
  dropRate: option({
    group: 'Network',
    value: '<x>',
    about: 'fraction that dropout drops',
    schema: between(0, 1),
    fallback: { shown: '0.5' },
    only: [{ key: 'model', is: ['nin'] }],
  }),
  convBias: option({
    group: 'Network',
    about: 'give convolutions a bias',
    schema: yesOrNo(),
    only: [noSpec],
  }),
  dataset: option({
    group: 'Data',
    value: '<name>',
    about: 'the data set',
    schema: oneOf(['built-in', 'cifar10', 'cifar100', 'images']),
    fallback: 'built-in',
    always: true,
  }),
  data: option({
    group: 'Data',
    decidesNothing: true,
    value: '<dir>',
    about: 'folder of the data set',
    schema: text('be a folder'),
    only: [{ key: 'dataset', is: ['cifar10', 'cifar100', 'images'] }],
    required: ({ dataset }) => `name the folder of --dataset ${dataset}`,
  }),
  pipeline: option({
    group: 'Data',
    value: '<name>',
    about: 'how images become input',
    schema: oneOf(['crop-24', 'pad-crop-flip', 'plain']),
    fallback: {
      by: (values) => (isResNet(values) ? 'pad-crop-flip' : 'crop-24'),
      of: ['model'],
      shown: 'crop-24; ResNets: pad-crop-flip',
    },
    always: true,
  }),
  trainImages: option({
    group: 'Data',
    value: '<n>',
    about: 'use n training images, the same number of each class',
    schema: integer(1),
  }),
  testImages: option({
    group: 'Data',
    value: '<n>',
    about: 'use n test images, the same number of each class',
    schema: integer(1),
  }),
  validation: option({
    group: 'Data',
    value: '<n>',
    about: 'hold n training images out and evaluate on them, not on the test images',
    schema: integer(1),
  }),
  epochs: option({
    group: 'Length',
    value: '<n>',
    about: 'passes over the training images',
    schema: integer(1),
    fallback: 8,
  }),
  steps: option({
    group: 'Length',
    value: '<n>',
    about: 'training steps',
    schema: integer(1),
    insteadOf: 'epochs',
  }),
  batch: option({
    group: 'Length',
    value: '<n>',
    about: 'images per step',
    schema: integer(1),
    fallback: 128,
    always: true,
  }),
  seed: option({
    group: 'Length',
    value: '<n>',
    about: 'seed of all randomness',
    schema: integer(0, 2 ** 32 - 1),
    fallback: 1,
    always: true,
  }),
  checkpointEvery: option({
    group: 'Length',
    decidesNothing: true,
    value: '<steps>',
    about: 'additional checkpoints, besides one per epoch',
    schema: integer(1),
  }),
  evaluateEvery: option({
    group: 'Length',
    value: '<epochs>',
    about: 'epochs from one evaluation to the next',
    schema: integer(1),
    fallback: { shown: '1' },
  }),
  keepBest: option({
    group: 'Length',
    decidesNothing: true,
    about: 'keep the checkpoint of the best evaluation too, in best/',
    schema: yesOrNo(),
  }),
  record: option({
    group: 'Record',
    decidesNothing: true,
    value: '<what>',
    about:
      'what to write into recordings.jsonl: gains and biases of norms, outputs of layers, weights and gradients',
    schema: oneOrSeveralOf(recordingKinds),
  }),
  recordEvery: option({
    group: 'Record',
    decidesNothing: true,
    value: '<steps>',
    about:
      'steps from one recording of weights to the next; norms and outputs are recorded at each checkpoint',
    schema: integer(1),
    fallback: { shown: '10' },
    only: [{ key: 'record', is: ['weights'] }],
  }),
  tensorboard: option({
    group: 'Record',
    decidesNothing: true,
    about: 'event files for TensorBoard in the run folder: scalars, histograms of the parameters',
    schema: yesOrNo(),
  }),
  note: option({
    group: 'Record',
    decidesNothing: true,
    value: '<text>',
    about: 'your own note, kept in config.json and printed when the run begins',
    schema: line('be one line of text'),
  }),
  optimizer: option({
    group: 'Learning',
    value: '<name>',
    about: 'the optimizer',
    schema: oneOf(['sgd', 'adamw']),
    fallback: 'sgd',
    always: true,
  }),
  learningRate: option({
    group: 'Learning',
    value: '<x>',
    about: 'learning rate at the start',
    schema: above(0),
    fallback: 0.1,
    always: true,
  }),
  schedule: option({
    group: 'Learning',
    value: '<name>',
    about: 'the learning-rate schedule',
    schema: oneOf(['constant', 'exponential', 'piecewise', 'cosine']),
    fallback: 'exponential',
    always: true,
  }),
  finalLearningRate: option({
    group: 'Learning',
    value: '<x>',
    about: 'learning rate at the end',
    schema: above(0),
    fallback: {
      by: ({ learningRate }) => Number(learningRate) / 100,
      of: ['learningRate'],
      shown: 'a hundredth of the start',
    },
    only: [{ key: 'schedule', is: ['exponential', 'cosine'] }],
  }),
  decaySteps: option({
    group: 'Learning',
    value: '<n>',
    about: 'steps from the first learning rate to the final one',
    schema: integer(1),
    fallback: { shown: 'all steps' },
    only: [exponential],
  }),
  staircase: option({
    group: 'Learning',
    about: 'drop only every --decay-steps steps',
    schema: yesOrNo(),
    only: [exponential, { key: 'decaySteps', is: 'given' }],
  }),
  boundaries: option({
    group: 'Learning',
    value: '<steps>',
    about: 'steps at which the learning rate drops, such as 31000,58000',
    schema: risingSteps(),
    only: [piecewise],
    required: () => 'be given with --schedule piecewise',
  }),
  drop: option({
    group: 'Learning',
    value: '<factor>',
    about: 'factor at each boundary',
    schema: above(0),
    fallback: 0.1,
    only: [piecewise],
  }),
  warmupSteps: option({
    group: 'Learning',
    value: '<n>',
    about: 'steps of linear rise at the start',
    schema: integer(0),
    fallback: 0,
    always: true,
  }),
  momentum: option({
    group: 'Learning',
    value: '<x>',
    about: 'momentum: the fraction of the velocity that is kept',
    schema: between(0, 1),
    fallback: 0.9,
    only: [bySgd],
  }),
  nesterov: option({
    group: 'Learning',
    about: "Nesterov's momentum",
    schema: yesOrNo(),
    fallback: false,
    only: [bySgd],
  }),
  l2: option({
    group: 'Learning',
    value: '<x>',
    about: 'L2 coefficient, weight decay of adamw',
    schema: atLeast(0),
    fallback: 2e-4,
    always: true,
  }),
  l2Targets: option({
    group: 'Learning',
    value: '<which>',
    about: 'what L2 acts on; kernels includes the direction and scale of weight norm',
    schema: oneOf(['all', 'kernels']),
    fallback: {
      by: (values) => (isResNet(values) ? 'kernels' : 'all'),
      of: ['model'],
      shown: 'all; ResNets: kernels',
    },
    always: true,
  }),
  backend: option({
    group: 'Machine',
    decidesNothing: true,
    value: '<name>',
    about: 'what computes',
    schema: oneOf(['wasm', 'webgpu', 'tensorflow', 'cpu']),
    fallback: 'wasm',
    always: true,
  }),
  threads: option({
    group: 'Machine',
    decidesNothing: true,
    value: '<n>',
    about: 'number of threads',
    // The most that @normlab/backends opens.
    schema: integer(1, 512),
    fallback: { shown: 'all cores' },
    only: [onWasm],
  }),
  build: option({
    group: 'Machine',
    decidesNothing: true,
    value: '<name>',
    about:
      'kernels: plain has the same bits on every processor, relaxed fuses multiply-add, wide does so on 256 bits (Node ≥ 24, x64)',
    schema: oneOf(['auto', 'plain', 'relaxed', 'wide']),
    fallback: { shown: 'auto: relaxed if the engine supports it' },
    only: [onWasm],
  }),
  adapter: option({
    group: 'Machine',
    decidesNothing: true,
    value: '<name>',
    about: 'part of the name of a GPU, or software',
    schema: text('be part of the name of an adapter'),
    fallback: { shown: 'the fastest GPU' },
    only: [{ key: 'backend', is: ['webgpu'] }],
  }),
};

/** The settings in which runs of one arm may differ. */
export const decideNothing: ReadonlySet<string> = new Set(
  Object.entries<Option>(trainOptions).flatMap(([key, { decidesNothing }]) =>
    decidesNothing === true ? [key] : [],
  ),
);

function isResNet({ model }: Values): boolean {
  return typeof model === 'string' && model.startsWith('resnet-');
}
