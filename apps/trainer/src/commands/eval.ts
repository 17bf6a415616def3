import {
  batches,
  channelStatistics,
  type Dataset,
  evaluationBatches,
  type SplitDataset,
  subset,
} from '@normlab/datasets';
import { OptionError } from '@normlab/errors';
import { withCleanUp } from '@normlab/files';
import { type ModelSpec, variablePlan } from '@normlab/models';
import { type BatchOutcome, disposeState, type Evaluation, evaluate, reEstimateStats } from '@normlab/train';
import { dispose } from '@tensorflow/tfjs-core';
import { openBackendOf } from '../fromSettings/backend.js';
import { type RunData, reloadData, withValidation } from '../fromSettings/data.js';
import { makePipeline } from '../fromSettings/pipeline.js';
import { showEvaluation } from '../listeners/showEvaluation.js';
import { showLoading } from '../listeners/showLoading.js';
import { checkSameData, summarizeData } from '../runFolder/datasetSummary.js';
import { readNetwork } from '../runFolder/readNetwork.js';
import { readRunConfig } from '../runFolder/runConfig.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { settingsWith } from '../settings/settingsWith.js';
import { exitStatus } from '../terminal/failure.js';
import { percent } from '../terminal/percent.js';
import { openTerminal } from '../terminal/terminal.js';
import { evaluationSize } from '../training/evaluationSize.js';
import { confusionText } from './confusionText.js';
import { type EvaluationFigures, figuresOf, recallText } from './evaluationFigures.js';
import { type Prediction, writePredictions } from './writePredictions.js';

/** The document of `normlab eval --json`. */
export type EvalResult = Evaluation &
  EvaluationFigures & {
    readonly run: string;
    /** What the figures are on. */
    readonly on: 'test' | 'validation';
    /** Steps done at the checkpoint. */
    readonly step: number;
    /**
     * The number of training images from which the running statistics were re-estimated; null if they are the
     * checkpoint's.
     */
    readonly reEstimatedFrom: number | null;
    readonly classes: readonly string[];
  };

/** `normlab eval RUN`: evaluates a run's checkpoint on its test images. @returns the exit status */
export async function evaluateRun(run: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { reEstimate: images, predictions: file, best, on = 'test', ...given } = readOptions('eval', flags);
  const config = await readRunConfig(run);
  if (images !== undefined) requireNorms(config.spec, images);
  const settings = settingsWith('eval', config.settings, given);
  const whole = await reloadData(settings, showLoading(terminal));
  checkSameData('normlab eval', config.dataset, summarizeData(whole));
  const data = withValidation(whole, config.settings);
  const evaluated = imagesOf(data, on);
  if (images !== undefined) requireImages(data, images);
  const pipeline = makePipeline(settings, () => channelStatistics(data.train));
  const backend = await openBackendOf(settings);
  const work = async () => {
    const { model, state } = await readNetwork('normlab eval', run, config, { best });
    const { params, step } = state;
    const { seed, batch: size } = settings;
    const stats =
      images === undefined
        ? state.stats
        : await reEstimateStats({
            model,
            params,
            stats: state.stats,
            batches: batches(subset(data.train, images), { size, seed, epoch: 0, augment: pipeline.train }),
            seed,
          });
    const prepared = evaluationBatches(evaluated, { size: evaluationSize, prepare: pipeline.evaluate });
    const { classes } = config.dataset;
    const progress = showEvaluation(terminal, evaluated.labels.length);
    const predictions: Prediction[] = [];
    const evaluation = await evaluate({
      model,
      params,
      stats,
      batches: prepared,
      onBatch: (outcome) => {
        predictions.push(...predictionsOf(outcome, predictions.length, classes));
        progress.evaluated(predictions.length);
      },
    }).finally(progress.stop);
    if (stats !== state.stats) dispose(stats);
    disposeState(state);
    const figures = figuresOf(evaluation, classes);
    if (file !== undefined) await writePredictions(file, predictions);
    if (figures.neverPredicted.length > 0) {
      terminal.warn(
        `Never predicted: ${figures.neverPredicted.join(', ')}. No ${on} image is taken for one.`,
      );
    }
    if (terminal.json) {
      const reEstimatedFrom = images ?? null;
      const result: EvalResult = { run, step, on, reEstimatedFrom, ...evaluation, ...figures, classes };
      terminal.result(JSON.stringify(result));
    } else {
      const { accuracy, loss } = evaluation;
      const source = images === undefined ? '' : `, running statistics from ${images} training images`;
      terminal.say(`${run} after ${step} steps${source}, ${backend.description}`);
      const [low, high] = figures.interval;
      terminal.result(`accuracy ${percent(accuracy)}  loss ${loss.toFixed(4)}  images ${evaluation.images}`);
      terminal.result(`95 % interval of the accuracy: ${percent(low)} to ${percent(high)}`);
      terminal.result(`\n${recallText(evaluation, figures, classes, terminal.columns())}`);
      terminal.result(`\n${confusionText(evaluation.confusion, classes, terminal.columns())}`);
      if (file !== undefined) terminal.say(`Predictions of ${evaluation.images} images: ${file}`);
    }
    return exitStatus.done;
  };
  return withCleanUp(work, () => backend.close());
}

function imagesOf({ test, validation }: RunData, on: EvalResult['on']): Dataset {
  if (on === 'test') return test;
  if (validation !== undefined) return validation;
  const rule = 'be test for a run without --validation, which held no images out';
  throw new OptionError({ where: 'normlab eval', what: '--on', rule, got: on });
}

function predictionsOf(
  { labels, predictions, probabilities }: BatchOutcome,
  first: number,
  classes: readonly string[],
): Prediction[] {
  return predictions.map((predicted, place) => ({
    index: first + place,
    label: classes[labels[place]!]!,
    predicted: classes[predicted]!,
    probability: probabilities[place]!,
  }));
}

function requireNorms(spec: ModelSpec, images: number): void {
  if (variablePlan(spec).stats.length > 0) return;
  const rule = 'be left out for a network without norms, which has no running statistics';
  throw new OptionError({ where: 'normlab eval', what: '--re-estimate', rule, got: images });
}

function requireImages({ train }: SplitDataset, images: number): void {
  const most = train.labels.length;
  if (images <= most) return;
  const rule = `be at most ${most}, the number of the run's training images`;
  throw new OptionError({ where: 'normlab eval', what: '--re-estimate', rule, got: images });
}
