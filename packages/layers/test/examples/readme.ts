import { openBackend } from '@normlab/backends';
import { constantBatchNormalization } from '@normlab/layers';
import { oneHot, randomNormal, tensor1d, train } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const backend = await openBackend('wasm'); // before: setBackend('wasm'), which cannot train a convolution
const model = sequential();
model.add(layers.conv2d({ filters: 8, kernelSize: 3, useBias: false, inputShape: [8, 8, 3] }));
model.add(constantBatchNormalization()); // before: layers.batchNormalization({ scale: false, center: false }), which throws
model.add(layers.reLU());
model.add(layers.globalAveragePooling2d({}));
model.add(layers.dense({ units: 2, activation: 'softmax' }));
model.compile({ optimizer: train.momentum(0.05, 0.9), loss: 'categoricalCrossentropy' });

const images = randomNormal([32, 8, 8, 3], 0, 1, 'float32', 1);
const labels = oneHot(
  tensor1d(
    Array.from({ length: 32 }, (_, i) => i % 2),
    'int32',
  ),
  2,
);
const { history } = await model.fit(images, labels, { batchSize: 16, epochs: 3, verbose: 0 });
console.log(history.loss);
await backend.close();
