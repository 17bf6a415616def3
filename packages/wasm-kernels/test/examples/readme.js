import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('wasm');
const kernels = await registerWasmKernels();
console.log(`${kernels.build} build, ${kernels.threads} thread`);

// 64 images of 8×8 in noise: of class 0 the left half is bright, of class 1 the right half.
const classes = Array.from({ length: 64 }, (_, i) => i % 2);
const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), 2);
const [left, right] = [tf.tensor1d([1, 1, 1, 1, 0, 0, 0, 0]), tf.tensor1d([0, 0, 0, 0, 1, 1, 1, 1])];
const rows = tf.reshape(tf.matMul(labels, tf.stack([left, right])), [64, 1, 8, 1]);
const images = tf.add(rows, tf.randomNormal([64, 8, 8, 1], 0, 1, 'float32', 1));

const filter = tf.variable(tf.randomNormal([3, 3, 1, 8], 0, 0.3, 'float32', 2));
const weights = tf.variable(tf.randomNormal([128, 2], 0, 0.1, 'float32', 3));
const lossOf = () => {
  const features = tf.maxPool(tf.relu(tf.conv2d(images, filter, 1, 'same')), 2, 2, 'same');
  return tf.losses.softmaxCrossEntropy(labels, tf.matMul(tf.reshape(features, [64, 128]), weights));
};

const optimizer = tf.train.momentum(0.02, 0.9);
for (let step = 0; step <= 20; step++) {
  const loss = optimizer.minimize(lossOf, true);
  if (step % 5 === 0) console.log(`step ${step}: loss ${loss.dataSync()[0].toFixed(3)}`);
  loss.dispose();
}
await kernels.close();
