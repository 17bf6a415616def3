import { openBackend } from '@normlab/backends';
import { batches, builtIn, crop24, evaluationBatches, stepsPerEpoch } from '@normlab/datasets';
import { allCnn, buildModel } from '@normlab/models';
import { exponentialDecay, fit, sgd } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';

const seed = 1;
const backend = await openBackend('wasm');
const { train, test } = builtIn(seed, { train: 400, test: 100 });
const model = buildModel(allCnn({ norm: 'cbn-lconv-nobn', width: 0.05 }));
const learningRate = exponentialDecay({ initial: 0.1, factor: 0.1, steps: 26 });

for await (const event of fit({
  model,
  optimizer: sgd({ learningRate, momentum: 0.9, l2: 2e-4 }),
  seed,
  steps: 26,
  stepsPerEpoch: stepsPerEpoch(train.labels.length, 32),
  batches: (epoch, from) => batches(train, { size: 32, seed, epoch, from, augment: crop24.train }),
  evaluation: () => evaluationBatches(test, { size: 100, prepare: crop24.evaluate }),
})) {
  if (event.type === 'step' || event.type === 'evaluation') console.log(event);
  if (event.type === 'checkpoint') await saveCheckpoint('run', event.state, { seed, spec: model.spec });
}
await backend.close();
