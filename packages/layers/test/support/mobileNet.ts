import { arrayOf, normalArray, toTensor } from '@normlab/testing/numbers';
import { type Tensor, train } from '@tensorflow/tfjs-core';
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { constantBatchNormalization } from '../../src/index.js';

/** A small network like MobileNet of layers of tf.layers, with constant batch norm, compiled for two classes. */
export function mobileNet(): Sequential {
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
  model.compile({ optimizer: train.momentum(0.05, 0.9), loss: 'binaryCrossentropy' });
  return model;
}

/** Images with noise, whose rows alternate in class 1 and whose columns alternate in class 0. */
export function stripes(): { readonly x: Tensor; readonly y: Tensor } {
  const noise = normalArray([32, 16, 16, 3], 3);
  const x = toTensor(
    arrayOf(noise.shape, ([image, row, column], place) => {
      return (image! % 2 === 1 ? row! % 2 : column! % 2) + 0.3 * noise.values[place]!;
    }),
  );
  return { x, y: toTensor(arrayOf([32, 1], ([image]) => image! % 2)) };
}

/** Trains a model on these images. */
export async function losses(model: Sequential, { x, y }: ReturnType<typeof stripes>): Promise<number[]> {
  const { history } = await model.fit(x, y, { batchSize: 16, epochs: 10, shuffle: false, verbose: 0 });
  return history.loss!.map(Number);
}
