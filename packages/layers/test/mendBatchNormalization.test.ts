import { normalArray, onBackends, read, toTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { batchNormalization, mendBatchNormalization } from '../src/index.js';
import { loaded, saved } from './support/modelFiles.js';

onBackends('tf.layers.batchNormalization', ['cpu', 'wasm, one thread'], () => {
  it.each([{ scale: false }, { center: false }, { scale: false, center: false }])(
    '%j: stock tfjs cannot train it; mended, it trains as the layer of this package',
    async (options) => {
      await expect(train(modelWith(layers.batchNormalization(options)))).rejects.toThrow(
        /undefined \(reading 'read'\)/,
      );
      onTestFinished(mendBatchNormalization());
      const model = modelWith(layers.batchNormalization(options));
      await train(model);
      const ours = modelWith(batchNormalization(options));
      await train(ours);
      expect(await predictions(model)).toEqual(await predictions(ours));
    },
  );

  it('a model with constant batch norm: trained, saved, and loaded without the mend; the same predictions', async () => {
    const restore = mendBatchNormalization();
    const model = modelWith(layers.batchNormalization({ scale: false, center: false }));
    await train(model);
    const artifacts = await saved(model);
    restore();
    const restored = await loaded(artifacts);
    const [expected, actual] = [await predictions(model), await predictions(restored)];
    // tf.batchNorm multiplies by one root where we divide: a few roundings.
    for (const [place, value] of actual.entries()) expect(value).toBeCloseTo(expected[place]!, 5);
    // Mended, the loaded model trains too.
    await expect(train(restored)).rejects.toThrow();
    onTestFinished(mendBatchNormalization());
    await train(restored);
  });

  describe('mended', () => {
    // tf.keras writes the axis of a layer that is built as a list.
    it.each([1, 3])(
      'axis [%i], a list: it predicts as before, and trains as with the number',
      async (axis) => {
        const options = { scale: false, center: false };
        const ofKeras = { ...options, axis: [axis] as unknown as number };
        const artifacts = await saved(modelWith(layers.batchNormalization(ofKeras)));
        const before = await predictions(await loaded(artifacts));
        onTestFinished(mendBatchNormalization());
        const model = await loaded(artifacts);
        const after = await predictions(model);
        // tf.batchNorm multiplies by one root where we divide: a few roundings.
        for (const [place, value] of after.entries()) expect(value).toBeCloseTo(before[place]!, 5);
        await train(model);
        const numbered = modelWith(layers.batchNormalization({ ...options, axis }));
        await train(numbered);
        expect(await predictions(model)).toEqual(await predictions(numbered));
      },
    );

    it('axis [-1], a list: refused as before, when the layer is built', () => {
      onTestFinished(mendBatchNormalization());
      const axis = [-1] as unknown as number;
      expect(() => modelWith(layers.batchNormalization({ scale: false, axis }))).toThrow(
        /should have a defined dimension/,
      );
    });

    it('a layer with gamma and beta computes as before, to the bit', async () => {
      const before = modelWith(layers.batchNormalization());
      await train(before);
      onTestFinished(mendBatchNormalization());
      const after = modelWith(layers.batchNormalization());
      await train(after);
      expect(await predictions(after)).toEqual(await predictions(before));
    });

    it('the gradient of inference exists', async () => {
      const gradient = () =>
        read(() => tf.grad((x) => layer.apply(x) as tf.Tensor)(toTensor(normalArray([2, 3], 1))));
      const layer = layers.batchNormalization({ scale: false, epsilon: 0 });
      await expect(gradient()).rejects.toThrow();
      onTestFinished(mendBatchNormalization());
      expect(await gradient()).toEqual([1, 1, 1, 1, 1, 1]);
    });

    it('by several callers, layers stay mended until all have taken their mend back', () => {
      const call = () => Object.getPrototypeOf(layers.batchNormalization()).call;
      const stock = call();
      const [first, second] = [mendBatchNormalization(), mendBatchNormalization()];
      const mended = call();
      expect(mended).not.toBe(stock);
      first();
      first();
      expect(call()).toBe(mended);
      second();
      expect(call()).toBe(stock);
    });
  });
});

/** A model whose initial weights are the same at every call. */
function modelWith(norm: layers.Layer): LayersModel {
  const model = sequential();
  const seeded = (seed: number) => initializers.randomNormal({ stddev: 0.5, seed });
  const kernelInitializer = seeded(1);
  model.add(layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer, inputShape: [5, 4, 2] }));
  model.add(norm);
  model.add(layers.globalAveragePooling2d({}));
  model.add(layers.dense({ units: 2, kernelInitializer: seeded(2) }));
  return model;
}

const images = () => toTensor(normalArray([3, 5, 4, 2], 3, { mean: 1 }));

async function train(model: LayersModel): Promise<void> {
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
  await model.fit(images(), toTensor(normalArray([3, 2], 4)), { epochs: 3, shuffle: false, verbose: 0 });
}

function predictions(model: LayersModel): Promise<number[]> {
  return read(() => model.predict(images()) as tf.Tensor);
}
