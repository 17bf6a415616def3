import { everyOption, refusesUnknownOptions } from '@normlab/testing';
import * as train from '@normlab/train';
import type { CheckpointMeta, LoadCheckpointOptions } from '@normlab/train/node';
import * as trainNode from '@normlab/train/node';

// JavaScript's view of the package: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const [pure, node] = [train, trainNode] as unknown as [Loose, Loose];
const [wrong, none] = [{ $: 1 }, undefined];

const decay = everyOption<train.ExponentialDecayOptions>({ initial: true, factor: true, steps: true });

refusesUnknownOptions([
  [
    'sgd',
    everyOption<train.SgdOptions>({
      learningRate: true,
      momentum: true,
      nesterov: true,
      l2: true,
      l2On: true,
    }),
    () => pure.sgd!(wrong),
  ],
  [
    'adamW',
    everyOption<train.AdamWOptions>({
      learningRate: true,
      beta1: true,
      beta2: true,
      epsilon: true,
      weightDecay: true,
      decayOn: true,
    }),
    () => pure.adamW!(wrong),
  ],
  [
    'clipByGlobalNorm',
    everyOption<train.ClipByGlobalNormOptions>({ maxNorm: true }),
    () => pure.clipByGlobalNorm!(none, wrong),
  ],
  [
    'cosine',
    everyOption<train.CosineOptions>({ initial: true, final: true, steps: true }),
    () => pure.cosine!(wrong),
  ],
  ['exponentialDecay', decay, () => pure.exponentialDecay!(wrong)],
  ['staircaseDecay', decay, () => pure.staircaseDecay!(wrong)],
  [
    'piecewiseConstant',
    everyOption<train.PiecewiseConstantOptions>({ boundaries: true, values: true }),
    () => pure.piecewiseConstant!(wrong),
  ],
  ['warmup', everyOption<train.WarmupOptions>({ steps: true }), () => pure.warmup!(1, wrong)],
  [
    'fit',
    everyOption<train.FitOptions>({
      model: true,
      optimizer: true,
      loss: true,
      seed: true,
      steps: true,
      stepsPerEpoch: true,
      batches: true,
      evaluation: true,
      evaluateEvery: true,
      state: true,
      checkpointEvery: true,
      updateEvery: true,
      overlap: true,
      signal: true,
    }),
    () => pure.fit!(wrong),
  ],
  [
    'evaluate',
    everyOption<train.EvaluateOptions>({
      model: true,
      params: true,
      stats: true,
      batches: true,
      loss: true,
      signal: true,
      onBatch: true,
    }),
    () => pure.evaluate!(wrong),
  ],
  [
    'reEstimateStats',
    everyOption<train.ReEstimateStatsOptions>({
      model: true,
      params: true,
      stats: true,
      batches: true,
      seed: true,
    }),
    () => pure.reEstimateStats!(wrong),
  ],
  [
    'lossAndGradients',
    everyOption<train.LossAndGradientsOptions>({ seed: true }),
    () => pure.lossAndGradients!(none, none, none, none, wrong),
  ],
  [
    'trainStep',
    everyOption<train.TrainStepOptions>({ seed: true, keepGradients: true }),
    () => pure.trainStep!(none, none, none, wrong),
  ],
  [
    'encodeCheckpoint',
    everyOption<CheckpointMeta>({ seed: true, spec: true }),
    () => pure.encodeCheckpoint!(none, wrong),
  ],
  [
    'decodeCheckpoint',
    everyOption<train.DecodeCheckpointOptions>({ model: true, file: true }),
    () => pure.decodeCheckpoint!(none, wrong),
  ],
  [
    'loadCheckpoint',
    everyOption<LoadCheckpointOptions>({ model: true }),
    () => node.loadCheckpoint!('folder', wrong),
  ],
  [
    'saveCheckpoint',
    everyOption<CheckpointMeta>({ seed: true, spec: true }),
    () => node.saveCheckpoint!('folder', none, wrong),
  ],
]);
