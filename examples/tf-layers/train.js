// A tf.layers model with constant batch norm, trained on the WASM backend, saved to files and loaded again.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { openBackend } from '@normlab/backends';
import { builtIn } from '@normlab/datasets';
import { constantBatchNormalization } from '@normlab/layers';
import { div, io, oneHot, tensor1d, tensor4d, tidy, train } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';

const backend = await openBackend('wasm');
const data = builtIn(1);

const model = sequential();
for (const [i, filters] of [16, 32, 64].entries()) {
  const inputShape = i === 0 ? data.train.shape : undefined;
  model.add(
    layers.conv2d({ filters, kernelSize: 3, strides: 2, padding: 'same', useBias: false, inputShape }),
  );
  model.add(constantBatchNormalization({ momentum: 0.9 })); // batchNormalization({ scale: false, center: false }) throws
  model.add(layers.reLU());
}
model.add(layers.globalAveragePooling2d({}));
model.add(layers.dense({ units: 10, activation: 'softmax' }));
compile(model);

const [images, labels] = tensorsOf(data.train);
const [testImages, testLabels] = tensorsOf(data.test);
await model.fit(images, labels, {
  batchSize: 50,
  epochs: 4,
  verbose: 0,
  callbacks: { onEpochEnd: (epoch, { loss }) => console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}`) },
});
console.log(`test accuracy: ${accuracyOf(model)}`);

await save(model, 'model');
const loaded = await load('model');
compile(loaded);
console.log(`test accuracy of the loaded model: ${accuracyOf(loaded)}`);
await backend.close();

function compile(network) {
  network.compile({
    optimizer: train.momentum(0.05, 0.9),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

function tensorsOf({ images, labels, shape, classes }) {
  return tidy(() => [
    div(tensor4d(Float32Array.from(images), [labels.length, ...shape]), 255),
    oneHot(tensor1d(labels, 'int32'), classes.length),
  ]);
}

function accuracyOf(network) {
  return tidy(() => network.evaluate(testImages, testLabels, { batchSize: 250 })[1].dataSync()[0].toFixed(3));
}

/** Writes the two files that `loadLayersModel` reads from a URL, too. */
async function save(network, folder) {
  await mkdir(folder, { recursive: true });
  await network.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const json = { format: 'layers-model', modelTopology, weightsManifest };
      await writeFile(`${folder}/model.json`, JSON.stringify(json));
      await writeFile(`${folder}/weights.bin`, new Uint8Array(weightData));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}

async function load(folder) {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(`${folder}/model.json`, 'utf8'));
  const weightData = new Uint8Array(await readFile(`${folder}/weights.bin`)).buffer;
  return loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  );
}
