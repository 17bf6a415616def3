import { openBackend } from '@normlab/backends';
import { allCnn, buildModel, network } from '@normlab/models';
import { lossAndGradients, crossEntropy } from '@normlab/train';
import * as tf from '@tensorflow/tfjs-core';
const name = process.argv[2] ?? 'webgpu', batch = Number(process.argv[3] ?? 8), width = Number(process.argv[4] ?? 0.25);
const b = await openBackend(name, {threads: 2});
const spec = network('all-cnn', { width, norm: 'cbn-lconv-nobn', input: [24,24,3] });
const model = buildModel(spec);
const v = model.init(1);
const bt = { images: new Float32Array(batch*24*24*3).map((_, i) => Math.sin(i*i)), labels: new Int32Array(batch).map((_, i) => i % 10), shape: [batch, 24, 24, 3] };
const times = new Map();
if (process.argv[5] === 'profile') {
  // time each kernel
  const runKernel = tf.engine().runKernelFunc;
}
async function step() {
  const t0 = performance.now();
  const r = lossAndGradients(model, crossEntropy, { params: v.params, stats: v.stats }, bt, { seed: 1 });
  const loss = await r.loss.data();
  await Promise.all(Object.values(r.gradients).map(g => g.data()));
  const t = performance.now() - t0;
  tf.dispose([r.loss, r.correct, r.gradients, r.stats]);
  return [loss[0], t];
}
for (let i = 0; i < 4; i++) console.log(await step());
await b.close();
