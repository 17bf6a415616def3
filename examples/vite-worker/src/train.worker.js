// Trains a narrow ALL-CNN with constant batch norm on the built-in images, and tells the page how it goes.
import { openBackend } from '@normlab/backends';
import { batches, builtIn, crop24, evaluationBatches, stepsPerEpoch } from '@normlab/datasets';
import { allCnn, buildModel } from '@normlab/models';
import { exponentialDecay, fit, sgd } from '@normlab/train';

const seed = 1;
const size = 50;
const steps = 240;

const backend = await openBackend('wasm');
postMessage({ backend: backend.description });

const { train, test } = builtIn(seed);
const learningRate = exponentialDecay({ initial: 0.1, factor: 0.1, steps });
for await (const event of fit({
  model: buildModel(allCnn({ norm: 'cbn-lconv-nobn', width: 1 / 12 })),
  optimizer: sgd({ learningRate, momentum: 0.9, l2: 2e-4 }),
  seed,
  steps,
  stepsPerEpoch: stepsPerEpoch(train.labels.length, size),
  batches: (epoch, from) => batches(train, { size, seed, epoch, from, augment: crop24.train }),
  evaluation: () => evaluationBatches(test, { size: 250, prepare: crop24.evaluate }),
})) {
  if (event.type === 'step') postMessage({ loss: event.loss, progress: event.step / steps });
  if (event.type === 'evaluation') postMessage({ accuracy: event.accuracy });
}
await backend.close();
