import { OptionError } from '@normlab/errors';
import { commandLine } from './checkSettings.js';
import { dropMeaningless, isResNet } from './dependentSettings.js';
import { layerSettings } from './layerSettings.js';
import { type Settings, type SomeSettings, settingsSchema } from './settings.js';

/**
 * The settings of a run: those of the command line before those of the recipe before the defaults.
 *
 * The defaults are the quarter-width recipe for machines without a GPU; some depend on the model, the
 * data set and the optimizer chosen.
 *
 * @throws OptionError for settings that do not go together, or where one is missing
 */
export function resolveSettings(flags: SomeSettings, recipe: SomeSettings = {}): Settings {
  refuseTwoLengths(flags);
  const chosen = layerSettings(flags, recipe);
  const all = dropMeaningless({ ...defaultsFor(chosen), ...chosen }, flags);
  requireOf(all, 'data', all.dataset !== 'built-in', `name the folder of --dataset ${all.dataset}`);
  requireOf(all, 'boundaries', all.schedule === 'piecewise', 'be given with --schedule piecewise');
  return settingsSchema.parse(inOrder(all));
}

function defaultsFor(chosen: SomeSettings): SomeSettings {
  const network: SomeSettings =
    chosen.spec === undefined ? { model: 'all-cnn', norm: 'cbn-lconv-nobn', width: 0.25 } : {};
  const resNet = isResNet(chosen);
  const length: SomeSettings = chosen.steps === undefined ? { epochs: 8 } : {};
  const learningRate = chosen.learningRate ?? 0.1;
  return {
    ...network,
    dataset: 'built-in',
    pipeline: resNet ? 'pad-crop-flip' : 'crop-24',
    ...length,
    batch: 128,
    seed: 1,
    optimizer: 'sgd',
    learningRate,
    schedule: 'exponential',
    finalLearningRate: learningRate / 100,
    drop: 0.1,
    warmupSteps: 0,
    momentum: 0.9,
    nesterov: false,
    l2: 2e-4,
    l2Targets: resNet ? 'kernels' : 'all',
    backend: 'wasm',
  };
}

function refuseTwoLengths(flags: SomeSettings): void {
  if (flags.epochs === undefined || flags.steps === undefined) return;
  throw new OptionError({
    where: commandLine.where,
    what: '--steps',
    rule: 'be given without --epochs: both set the length',
  });
}

function requireOf(settings: SomeSettings, key: keyof Settings, needed: boolean, rule: string): void {
  if (!needed || settings[key] !== undefined) return;
  throw new OptionError({ where: commandLine.where, what: commandLine.nameOf(key), rule });
}

/** The same settings in the schema's order, so that equal ones are written alike. */
function inOrder(settings: SomeSettings): SomeSettings {
  const keys = Object.keys(settingsSchema.shape);
  return Object.fromEntries(Object.entries(settings).sort(([a], [b]) => keys.indexOf(a) - keys.indexOf(b)));
}
