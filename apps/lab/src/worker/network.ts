import { channelStatistics, crop24, type Dataset, type Pipeline, padCropFlip } from '@normlab/datasets';
import { type ModelSpec, network } from '@normlab/models';
import { exponentialDecay, type Optimizer, type Schedule, sgd } from '@normlab/train';
import type { RunSettings } from '../runSettings.js';

/** The part of a run's settings on which its network and the images depend. */
type NetworkSettings = Pick<RunSettings, 'model' | 'norm' | 'normKind' | 'width'>;

const classes = 10;

/** The name of the pipeline that `normlab train` has for a network by default. */
export function pipelineName(model: string): 'crop-24' | 'pad-crop-flip' {
  return model.startsWith('resnet') ? 'pad-crop-flip' : 'crop-24';
}

/** @param train the training images; called only for a pipeline that needs their statistics */
export function pipelineOf(name: ReturnType<typeof pipelineName>, train: () => Dataset): Pipeline {
  return name === 'crop-24' ? crop24 : padCropFlip(channelStatistics(train()));
}

/** Height and width of the images that a pipeline gives. */
export function sideOf(pipeline: ReturnType<typeof pipelineName>): number {
  return pipeline === 'crop-24' ? 24 : 32;
}

/** The network of a run on the built-in images. */
export function specOf({ model, norm, normKind, width }: NetworkSettings): ModelSpec {
  const side = sideOf(pipelineName(model));
  return network(model, { norm, normKind, width, classes, input: [side, side, 3] });
}

/** What L2 acts on by default in `normlab train`. */
export function l2Targets(model: string): 'all' | 'kernels' {
  return model.startsWith('resnet') ? 'kernels' : 'all';
}

/** The learning rate falls to this part of the first one. */
const lastPart = 0.01;
export const momentum = 0.9;
export const l2 = 2e-4;

export function finalLearningRate({ learningRate }: Pick<RunSettings, 'learningRate'>): number {
  return learningRate * lastPart;
}

export function scheduleOf({ learningRate }: Pick<RunSettings, 'learningRate'>, steps: number): Schedule {
  return exponentialDecay({ initial: learningRate, factor: lastPart, steps });
}

export function optimizerOf(
  { model, learningRate }: Pick<RunSettings, 'model' | 'learningRate'>,
  steps: number,
): Optimizer {
  return sgd({ learningRate: scheduleOf({ learningRate }, steps), momentum, l2, l2On: l2Targets(model) });
}
