import { type ReadImage, readImage } from '@normlab/datasets/node';
import { withCleanUp } from '@normlab/files';
import { disposeState } from '@normlab/train';
import { softmax, type Tensor2D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { openBackendOf } from '../fromSettings/backend.js';
import { makePipeline } from '../fromSettings/pipeline.js';
import { showLoading } from '../listeners/showLoading.js';
import { readNetwork } from '../runFolder/readNetwork.js';
import { readStatistics } from '../runFolder/readStatistics.js';
import { readRunConfig } from '../runFolder/runConfig.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { settingsWith } from '../settings/settingsWith.js';
import { exitStatus } from '../terminal/failure.js';
import { percent } from '../terminal/percent.js';
import { openTerminal } from '../terminal/terminal.js';

const where = 'normlab predict';

/** One image of `normlab predict --json`. */
export type ImagePrediction = {
  readonly image: string;
  /** [H, W, 3] in the file; scaled if it is not the shape of the run's images. */
  readonly shape: readonly number[];
  /** The most likely classes, the likeliest first. */
  readonly top: readonly { readonly class: string; readonly probability: number }[];
};

/** Images at once. */
const batchSize = 100;

/** `normlab predict RUN IMAGE…`: the most likely classes of images. @returns the exit status */
export async function predict(run: string, files: readonly string[], flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { top = 3, best, ...given } = readOptions('predict', flags);
  const config = await readRunConfig(run);
  const settings = settingsWith('predict', config.settings, given);
  const { shape, classes } = config.dataset;
  const listener = showLoading(terminal);
  const statistics = await readStatistics(where, config, { data: given.data, listener });
  const pipeline = makePipeline(settings, () => statistics!);
  const backend = await openBackendOf(settings);
  const work = async () => {
    const { model, state } = await readNetwork(where, run, config, { best });
    const predictions: ImagePrediction[] = [];
    for (let first = 0; first < files.length; first += batchSize) {
      const names = files.slice(first, first + batchSize);
      const images: ReadImage[] = [];
      for (const name of names) images.push(await readImage(name, { shape: [shape[0], shape[1], 3] }));
      const prepared = images.map((image) => pipeline.evaluate(image));
      const probabilities = await probabilitiesOf(prepared, (x) =>
        model.applyInfer(state.params, state.stats, x),
      );
      names.forEach((image, index) => {
        const likeliest = probabilities[index]!.map((probability, label) => ({
          class: classes[label]!,
          probability,
        }))
          .sort((a, b) => b.probability - a.probability)
          .slice(0, top);
        predictions.push({ image, shape: images[index]!.original, top: likeliest });
      });
    }
    const { step } = state;
    disposeState(state);
    if (terminal.json) terminal.result(JSON.stringify({ run, step, predictions }));
    else for (const prediction of predictions) terminal.result(lineOf(prediction));
    return exitStatus.done;
  };
  return withCleanUp(work, () => backend.close());
}

async function probabilitiesOf(
  images: readonly { readonly values: Float32Array; readonly shape: readonly [number, number, number] }[],
  logits: (x: ReturnType<typeof tensor4d>) => Tensor2D,
): Promise<number[][]> {
  const [height, width, channels] = images[0]!.shape;
  const size = height * width * channels;
  const values = new Float32Array(images.length * size);
  images.forEach((image, index) => {
    values.set(image.values, index * size);
  });
  const result = tidy(() => softmax(logits(tensor4d(values, [images.length, height, width, channels]))));
  const rows = await result.array();
  result.dispose();
  return rows;
}

function lineOf({ image, top }: ImagePrediction): string {
  return `${image}: ${top.map((each) => `${each.class} ${percent(each.probability)}`).join(', ')}`;
}
