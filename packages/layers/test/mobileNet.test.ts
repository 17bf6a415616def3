import { arrayOf, normalArray, onBackends, read, toTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { constantBatchNormalization } from '../src/index.js';
import { loaded, saved } from './support/modelFiles.js';

onBackends('a small network like MobileNet, with constant batch norm', ['wasm'], () => {
  it('trains, and gives the same predictions when it is saved and loaded', async () => {
    const model = sequential();
    const kernelInitializer = initializers.heNormal({ seed: 1 });
    const common = { kernelInitializer, padding: 'same', useBias: false } as const;
    model.add(layers.conv2d({ ...common, filters: 8, kernelSize: 3, strides: 2, inputShape: [16, 16, 3] }));
    for (const [filters, strides] of [
      [16, 1],
      [32, 2],
    ] as const) {
      const depthwiseInitializer = initializers.heNormal({ seed: 2 });
      model.add(constantBatchNormalization());
      model.add(layers.reLU());
      model.add(
        layers.depthwiseConv2d({
          kernelSize: 3,
          strides,
          padding: 'same',
          useBias: false,
          depthwiseInitializer,
        }),
      );
      model.add(constantBatchNormalization());
      model.add(layers.reLU());
      model.add(layers.conv2d({ ...common, filters, kernelSize: 1 }));
    }
    model.add(constantBatchNormalization());
    model.add(layers.reLU());
    model.add(layers.globalAveragePooling2d({}));
    model.add(layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'zeros' }));
    model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'binaryCrossentropy' });

    // In images of class 1 the rows alternate, in those of class 0 the columns.
    const noise = normalArray([32, 16, 16, 3], 3);
    const x = toTensor(
      arrayOf(noise.shape, ([image, row, column], place) => {
        return (image! % 2 === 1 ? row! % 2 : column! % 2) + 0.3 * noise.values[place]!;
      }),
    );
    const y = toTensor(arrayOf([32, 1], ([image]) => image! % 2));
    const { history } = await model.fit(x, y, { batchSize: 16, epochs: 10, shuffle: false, verbose: 0 });
    expect(Number(history.loss!.at(-1))).toBeLessThan(0.2);
    const restored = await loaded(await saved(model));
    const expected = await read(() => model.predict(x) as tf.Tensor);
    expect(await read(() => restored.predict(x) as tf.Tensor)).toEqual(expected);
  });
});
