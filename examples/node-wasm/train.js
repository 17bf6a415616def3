// A small convolutional network with constant batch norm, in plain TensorFlow.js, on the WASM backend.
import { openBackend } from '@normlab/backends';
import { batches, builtIn, crop24, evaluationBatches } from '@normlab/datasets';
import { constantBatchNormInfer, constantBatchNormTrain } from '@normlab/ops';
import * as tf from '@tensorflow/tfjs-core';

const seed = 1;
const epochs = 6;
const backend = await openBackend('wasm');
console.log(backend.description);

// Each convolution is followed by a norm, which has no parameters: only its running statistics are kept.
const channels = [3, 16, 32, 64];
const layers = channels.slice(1).map((units, i) => ({
  kernel: heNormal([3, 3, channels[i], units], seed + i),
  stats: { mean: tf.variable(tf.zeros([units]), false), variance: tf.variable(tf.ones([units]), false) },
}));
const head = heNormal([64, 10], seed + layers.length);

function heNormal(shape, seedOfShape) {
  const inputs = shape.slice(0, -1).reduce((product, length) => product * length);
  return tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / inputs), 'float32', seedOfShape));
}

function logitsOf(images, normalize) {
  let x = images;
  for (const { kernel, stats } of layers) x = tf.relu(normalize(tf.conv2d(x, kernel, 2, 'same'), stats));
  return tf.matMul(tf.mean(x, [1, 2]), head);
}

function normalizeBatch(x, stats) {
  const { y, stats: next } = constantBatchNormTrain(x, stats);
  stats.mean.assign(next.mean);
  stats.variance.assign(next.variance);
  return y;
}

const { train, test } = builtIn(seed);
const optimizer = tf.train.momentum(0.05, 0.9);
for (let epoch = 0; epoch < epochs; epoch++) {
  const shuffled = batches(train, { size: 50, seed, epoch, augment: crop24.train });
  for await (const { images, labels, shape } of shuffled) {
    tf.tidy(() => {
      const x = tf.tensor4d(images, shape);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
      optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, logitsOf(x, normalizeBatch)));
    });
  }
  console.log(`epoch ${epoch + 1}: test accuracy ${(await accuracy(test)).toFixed(3)}`);
}

async function accuracy(dataset) {
  let right = 0;
  const inOrder = evaluationBatches(dataset, { size: 250, prepare: crop24.evaluate });
  for await (const { images, labels, shape } of inOrder) {
    right += tf.tidy(() => {
      const logits = logitsOf(tf.tensor4d(images, shape), constantBatchNormInfer);
      const hits = tf.equal(tf.argMax(logits, 1), tf.tensor1d(labels, 'int32'));
      return tf.sum(tf.cast(hits, 'int32')).dataSync()[0];
    });
  }
  return right / dataset.labels.length;
}

await backend.close();
