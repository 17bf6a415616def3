import { type Dataset, padCropFlip, tutorial24 } from '@normlab/datasets';
import { buildModel, network, networkNames, placements } from '@normlab/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasImages, prepared, thousandImages } from './support/cifarImages.js';
import { withBackend } from './support/onBackends.js';
import { descend, lossAndGradients, squaredNorm, trainingLoss } from './support/softmaxStep.js';

const pipelines = {
  24: tutorial24,
  32: padCropFlip({ mean: [0.4914, 0.4822, 0.4465], sd: [0.247, 0.2435, 0.2616] }),
};

const arms = networkNames.flatMap((name) =>
  placements.map((norm) => {
    const input: [number, number, number] = name === 'all-cnn' ? [24, 24, 3] : [32, 32, 3];
    return { name, norm, input, spec: network(name, { norm, width: 1 / 16, input }) };
  }),
);

withBackend('wasm');

describe.skipIf(!hasImages)('real pictures (shared/data beside the checkout)', () => {
  let images: Dataset;
  beforeAll(async () => {
    images = await thousandImages();
  });

  it.each(arms)('a step of $name $norm lowers the loss of ten of them', ({ spec, input }) => {
    const model = buildModel(spec);
    const variables = model.init(1);
    const onePerClass = Array.from({ length: 10 }, (_, label) => 100 * label + 7);
    const batch = prepared(images, pipelines[input[0] === 24 ? 24 : 32], onePerClass);
    const { loss, gradients } = lossAndGradients(model, variables, batch, 5);
    // So short that the loss should fall by a hundredth, were it linear.
    const next = descend(variables.params, gradients, (0.01 * loss) / squaredNorm(gradients));
    expect(trainingLoss(model, { params: next, stats: variables.stats }, batch, 5)).toBeLessThan(loss);
    tf.dispose([variables, batch.x, gradients, next]);
  });
});
