import { z } from 'zod';
import {
  activationNames,
  backendNames,
  blockNames,
  buildNames,
  datasetNames,
  headNames,
  l2TargetNames,
  modelNames,
  optimizerNames,
  pipelineNames,
  placementNames,
  scheduleNames,
} from './names.js';

/**
 * All that decides what a training run computes, as plain data: the keys of recipes, of command-line
 * flags (`learningRate` is `--learning-rate`) and of `settings` in a run's `config.json`.
 *
 * Every message is the rule that the value breaks, as in "must be an integer ≥ 1".
 */
export const settingsSchema = z.strictObject({
  model: z
    .string({ error: `be one of ${modelNames.join(', ')}` })
    .refine(isModelName, { error: `be one of ${modelNames.join(', ')}` })
    .exactOptional(),
  spec: text('be the path of a network spec').exactOptional(),
  norm: oneOf(placementNames).exactOptional(),
  activation: oneOf(activationNames).exactOptional(),
  block: oneOf(blockNames).exactOptional(),
  head: oneOf(headNames).exactOptional(),
  dropRate: between(0, 1).exactOptional(),
  convBias: yesOrNo().exactOptional(),
  width: above(0).exactOptional(),
  dataset: oneOf(datasetNames),
  data: text('be a folder').exactOptional(),
  pipeline: oneOf(pipelineNames),
  trainImages: integer(1).exactOptional(),
  testImages: integer(1).exactOptional(),
  epochs: integer(1).exactOptional(),
  steps: integer(1).exactOptional(),
  batch: integer(1),
  seed: integer(0, 2 ** 32 - 1),
  optimizer: oneOf(optimizerNames),
  learningRate: above(0),
  schedule: oneOf(scheduleNames),
  finalLearningRate: above(0).exactOptional(),
  decaySteps: integer(1).exactOptional(),
  staircase: yesOrNo().exactOptional(),
  boundaries: z
    .array(integer(1), { error: 'be a list of step numbers' })
    .min(1, { error: 'hold at least one step number' })
    .refine(isRising, { error: 'rise from step to step' })
    .readonly()
    .exactOptional(),
  drop: above(0).exactOptional(),
  warmupSteps: integer(0),
  momentum: between(0, 1).exactOptional(),
  nesterov: yesOrNo().exactOptional(),
  l2: atLeast(0),
  l2Targets: oneOf(l2TargetNames),
  backend: oneOf(backendNames),
  threads: integer(1).exactOptional(),
  build: oneOf(buildNames).exactOptional(),
  adapter: text('be part of the name of an adapter').exactOptional(),
  checkpointEvery: integer(1).exactOptional(),
});

/** The settings of one run; an absent key is a default of the package that reads it. */
export type Settings = z.infer<typeof settingsSchema>;

/** Any of the settings, as a recipe or the command line gives them. */
export type SomeSettings = Partial<Settings>;

export const someSettingsSchema = settingsSchema.exactPartial();

function isModelName(name: string): boolean {
  return modelNames.some((each) => each === name) || /^resnet-\d+$/.test(name);
}

function isRising(steps: readonly number[]): boolean {
  return steps.every((step, index) => index === 0 || step > steps[index - 1]!);
}

function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `be one of ${names.join(', ')}` });
}

function text(rule: string) {
  return z.string({ error: rule }).min(1, { error: rule });
}

function yesOrNo() {
  return z.boolean({ error: 'be true or false' });
}

function integer(low: number, high?: number) {
  const error = high === undefined ? `be an integer ≥ ${low}` : `be an integer from ${low} to ${high}`;
  return z
    .number({ error })
    .int({ error })
    .min(low, { error })
    .max(high ?? Number.MAX_SAFE_INTEGER, { error });
}

function above(low: number) {
  const error = `be a number > ${low}`;
  return z.number({ error }).gt(low, { error });
}

function atLeast(low: number) {
  const error = `be a number ≥ ${low}`;
  return z.number({ error }).min(low, { error });
}

function between(low: number, high: number) {
  const error = `be a number in [${low}, ${high})`;
  return z.number({ error }).min(low, { error }).lt(high, { error });
}
