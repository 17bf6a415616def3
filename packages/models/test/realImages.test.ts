import { crop24, type Dataset, padCropFlip } from '@normlab/datasets';
import { buildModel, network, networkNames, placements } from '@normlab/models';
import { hasRealImages, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepared, thousandImages } from './support/cifarImages.js';
import { descend, lossAndGradients, squaredNorm, trainingLoss } from './support/softmaxStep.js';

const pipelines = {
  24: crop24,
  32: padCropFlip({ mean: [0.4914, 0.4822, 0.4465], sd: [0.247, 0.2435, 0.2616] }),
};

const arms = networkNames.flatMap((name) =>
  placements.flatMap((norm) =>
    (name.startsWith('resnet') ? (['pre-activation', 'post-activation'] as const) : [undefined]).map(
      (block) => {
        const input: [number, number, number] = name === 'all-cnn' ? [24, 24, 3] : [32, 32, 3];
        const options = { norm, width: 1 / 16, input, ...(block !== undefined && { block }) };
        return { input, spec: network(name, options), title: [name, norm, block].filter(Boolean).join(' ') };
      },
    ),
  ),
);

withBackend('wasm, one thread');

describe.skipIf(!hasRealImages)('real images (shared/data beside the checkout)', () => {
  let images: Dataset;
  beforeAll(async () => {
    images = await thousandImages();
  });

  it.each(arms)('$title: logits, gradients that are finite and not 0, a step that lowers the loss', (arm) => {
    const model = buildModel(arm.spec);
    const variables = model.init(1);
    const onePerClass = Array.from({ length: 10 }, (_, label) => 100 * label + 7);
    const batch = prepared(images, pipelines[arm.input[0] === 24 ? 24 : 32], onePerClass);
    const pass = model.applyTrain(variables.params, variables.stats, batch.x, { seed: 5 });
    expect(pass.logits.shape).toEqual([10, 10]);
    const { loss, gradients } = lossAndGradients(model, variables, batch, 5);
    expect(Object.keys(gradients)).toEqual(Object.keys(variables.params));
    for (const [path, gradient] of Object.entries(gradients)) {
      const values = gradient.dataSync<'float32'>();
      expect(values.every(Number.isFinite), path).toBe(true);
      expect(
        values.some((value) => value !== 0),
        path,
      ).toBe(true);
    }
    // So small that the loss would fall by a hundredth if it were linear.
    const next = descend(variables.params, gradients, (0.01 * loss) / squaredNorm(gradients));
    expect(trainingLoss(model, { params: next, stats: variables.stats }, batch, 5)).toBeLessThan(loss);
    tf.dispose([variables, batch.x, pass, gradients, next]);
  });
});
