import { OptionError } from '@normlab/errors';
import { commandLine, type SettingsSource } from './checkSettings.js';
import type { SomeSettings } from './settings.js';

type Dependence = {
  readonly key: keyof SomeSettings;
  /** As the message says it: `--schedule piecewise`. */
  readonly on: string;
  holds(settings: SomeSettings): boolean;
};

const dependences: readonly Dependence[] = [
  { key: 'model', on: 'no --spec', holds: hasNoSpec },
  { key: 'width', on: 'no --spec', holds: hasNoSpec },
  { key: 'activation', on: 'no --spec', holds: hasNoSpec },
  { key: 'convBias', on: 'no --spec', holds: hasNoSpec },
  { key: 'block', on: '--model resnet-N', holds: isResNet },
  { key: 'head', on: '--model all-cnn', holds: ({ model }) => model === 'all-cnn' },
  { key: 'dropRate', on: '--model nin', holds: ({ model }) => model === 'nin' },
  {
    key: 'data',
    on: '--dataset cifar10, cifar100 or images',
    holds: ({ dataset }) => dataset !== 'built-in',
  },
  {
    key: 'finalLearningRate',
    on: '--schedule exponential or cosine',
    holds: ({ schedule }) => schedule === 'exponential' || schedule === 'cosine',
  },
  { key: 'decaySteps', on: '--schedule exponential', holds: isExponential },
  { key: 'staircase', on: '--decay-steps', holds: ({ decaySteps }) => decaySteps !== undefined },
  { key: 'boundaries', on: '--schedule piecewise', holds: isPiecewise },
  { key: 'drop', on: '--schedule piecewise', holds: isPiecewise },
  { key: 'momentum', on: '--optimizer sgd', holds: ({ optimizer }) => optimizer === 'sgd' },
  { key: 'nesterov', on: '--optimizer sgd', holds: ({ optimizer }) => optimizer === 'sgd' },
  { key: 'threads', on: '--backend wasm', holds: ({ backend }) => backend === 'wasm' },
  { key: 'build', on: '--backend wasm', holds: ({ backend }) => backend === 'wasm' },
  { key: 'adapter', on: '--backend webgpu', holds: ({ backend }) => backend === 'webgpu' },
];

/**
 * Settings without those that mean nothing beside the others, as a piecewise schedule's boundaries do
 * once the schedule is another.
 *
 * @throws OptionError if such a one was written on the command line, where it cannot be meant
 */
export function dropMeaningless(
  settings: SomeSettings,
  flags: SomeSettings,
  { where, nameOf }: SettingsSource = commandLine,
): SomeSettings {
  const meaningless = dependences.filter(({ key, holds }) => settings[key] !== undefined && !holds(settings));
  const written = meaningless.find(({ key }) => flags[key] !== undefined);
  if (written !== undefined) {
    throw new OptionError({
      where,
      what: nameOf(written.key),
      rule: `go with ${written.on}`,
    });
  }
  const gone = new Set<string>(meaningless.map(({ key }) => key));
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !gone.has(key)));
}

export function isResNet({ model }: SomeSettings): boolean {
  return model?.startsWith('resnet-') ?? false;
}

function hasNoSpec({ spec }: SomeSettings): boolean {
  return spec === undefined;
}

function isExponential({ schedule }: SomeSettings): boolean {
  return schedule === 'exponential';
}

function isPiecewise({ schedule }: SomeSettings): boolean {
  return schedule === 'piecewise';
}
