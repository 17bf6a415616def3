import { type Pipeline, stepsPerEpoch } from '@normlab/datasets';
import {
  type LoadListener,
  loadData,
  type RunData,
  reloadData,
  withValidation,
} from '../fromSettings/data.js';
import { makeNetwork } from '../fromSettings/network.js';
import { makePipeline } from '../fromSettings/pipeline.js';
import { trainStatistics } from '../fromSettings/trainStatistics.js';
import { checkSameData, summarizeData } from '../runFolder/datasetSummary.js';
import type { RunConfig, RunPlan } from '../runFolder/runConfig.js';
import type { Settings } from '../settings/settings.js';
import { stepsOfEpochs } from './stepsOfEpochs.js';
import type { TrainRequest } from './trainRequest.js';

/** A run with its data in memory and its network chosen; nothing is written and no backend is open yet. */
export type PreparedRun = RunPlan & {
  readonly folder: string;
  readonly data: RunData;
  readonly pipeline: Pipeline;
};

/**
 * Does all of a run's work that can fail because of the user's input.
 *
 * @throws DataError for data that is missing, faulty, or different from the resumed run's data; SpecError for a network
 *   that does not fit the data; OptionError for more epochs than can be counted in steps
 */
export async function prepareRun(
  request: TrainRequest,
  folder: string,
  listener: LoadListener,
): Promise<PreparedRun> {
  const { settings } = request;
  const whole = await (request.kind === 'resume' ? reloadData : loadData)(settings, listener);
  const data = withValidation(whole, settings);
  const pipeline = makePipeline(settings, () => trainStatistics(data.train, settings));
  const dataset = summarizeData(whole, data.validation);
  if (request.kind === 'resume') {
    checkSameData('normlab train', request.config.dataset, dataset);
    return {
      folder,
      settings,
      data,
      pipeline,
      dataset,
      spec: request.config.spec,
      length: request.config.length,
    };
  }
  const spec = await makeNetwork(settings, {
    input: pipeline.outputShape(data.train.shape),
    classes: data.train.classes.length,
  });
  return { folder, settings, data, pipeline, dataset, spec, length: lengthOf(settings, data) };
}

function lengthOf({ epochs = 1, steps, batch }: Settings, { train }: RunData): RunConfig['length'] {
  const perEpoch = stepsPerEpoch(train.labels.length, batch);
  return { steps: steps ?? stepsOfEpochs(epochs, perEpoch), stepsPerEpoch: perEpoch };
}
