import { buildModel, resnet } from '@normlab/models';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { withBackend } from './support/onBackends.js';
import { normalTensor } from './support/random.js';
import { descend, lossAndGradients, squaredNorm, trainingLoss } from './support/softmaxStep.js';

withBackend('wasm');

// Takes 1.5 GB and a minute or more: only where NORMLAB_LARGE is set.
it.skipIf(!process.env.NORMLAB_LARGE)(
  'ResNet-101 at full width does a step at batch 8',
  { timeout: 600_000 },
  () => {
    const spec = resnet({ depth: 101 });
    const model = buildModel(spec);
    const variables = model.init(1);
    const batch = { x: normalTensor<tf.Rank.R4>([8, ...spec.input], 1), labels: [0, 1, 2, 3, 4, 5, 6, 7] };
    const { loss, gradients } = lossAndGradients(model, variables, batch, 1);
    const next = descend(variables.params, gradients, (0.02 * loss) / squaredNorm(gradients));
    expect(trainingLoss(model, { params: next, stats: variables.stats }, batch, 1)).toBeLessThan(loss);
    tf.dispose([variables, batch.x, gradients, next]);
  },
);
