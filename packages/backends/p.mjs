import { openBackend } from '@normlab/backends';
import { network, buildModel } from '@normlab/models';
import { lossAndGradients, crossEntropy } from '@normlab/train';
import * as tf from '@tensorflow/tfjs-core';
const batch = Number(process.argv[2] ?? 8), width = Number(process.argv[3] ?? 0.25);
const b = await openBackend('webgpu');
const model = buildModel(network('all-cnn', { width, norm: 'cbn-lconv-nobn', input: [24,24,3] }));
const v = model.init(1);
const bt = { images: new Float32Array(batch*24*24*3).map((_, i) => Math.sin(i*i)), labels: new Int32Array(batch).map((_, i) => i % 10), shape: [batch, 24, 24, 3] };
// each program by itself: run, wait
const backend = tf.backend();
const log = [];
const orig = backend.runWebGPUProgram.bind(backend);
backend.runWebGPUProgram = (program, inputs, ...rest) => { const o = orig(program, inputs, ...rest); log.push({ name: program.constructor.name, key: program.shaderKey, program, inputs: inputs.map(i=>i.shape), out: o.shape }); return o; };
const r0 = lossAndGradients(model, crossEntropy, { params: v.params, stats: v.stats }, bt, { seed: 1 });
await r0.loss.data(); 
console.log('programs', log.length, 'pipelines', Object.keys(backend.pipelineCache).length);
const t = await tf.time(() => { const r = lossAndGradients(model, crossEntropy, { params: v.params, stats: v.stats }, bt, { seed: 1 }); });
console.log(t.kernelMs, t.wallMs);
const agg = new Map();
for (const part of String(t.getExtraProfileInfo()).split(', ')) { const [n, ms] = part.split(': '); const a = agg.get(n) ?? [0,0]; a[0]++; a[1]+=Number(ms); agg.set(n, a); }
for (const [n, a] of [...agg].sort((x,y)=>y[1][1]-x[1][1])) console.log(n, a[0], a[1].toFixed(1));
await b.close();
