import { padCropFlip } from '@normlab/datasets';
import { buildModel, countParams, resnet } from '@normlab/models';
import { hasRealImages, normalTensor, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { prepared, thousandImages } from './support/cifarImages.js';
import { descend, lossAndGradients, squaredNorm, trainingLoss } from './support/softmaxStep.js';

withBackend('wasm, one thread');

const pipeline = padCropFlip({ mean: [0.4914, 0.4822, 0.4465], sd: [0.247, 0.2435, 0.2616] });
const gibibyte = 2 ** 30;

// Ten seconds, on a busy machine a minute. Uses noise instead of images if shared/data is not beside the checkout.
it('ResNet-101 at full width does a step at batch 8 in 3 GiB', async () => {
  const spec = resnet({ depth: 101 });
  const model = buildModel(spec);
  const variables = model.init(1);
  const sizes = Object.values(variables.params).map(({ size }) => size);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(countParams(spec).trainable);
  const batch = hasRealImages
    ? prepared(await thousandImages(), pipeline, [7, 107, 207, 307, 407, 507, 607, 707])
    : { x: normalTensor<tf.Rank.R4>([8, ...spec.input], 1), labels: [0, 1, 2, 3, 4, 5, 6, 7] };
  const { loss, gradients } = lossAndGradients(model, variables, batch, 1);
  const next = descend(variables.params, gradients, (0.02 * loss) / squaredNorm(gradients));
  expect(trainingLoss(model, { params: next, stats: variables.stats }, batch, 1)).toBeLessThan(loss);
  tf.dispose([variables, batch.x, gradients, next]);
  // The memory of the whole process, including the test runner.
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(3 * gibibyte);
});
