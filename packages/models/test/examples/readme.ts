import { openBackend } from '@normlab/backends';
import { allCnn, buildModel, countParams, foldNorms, summarize } from '@normlab/models';
import { randomUniform, type Tensor4D } from '@tensorflow/tfjs-core';

const spec = allCnn({ norm: 'cbn-lconv-nobn', width: 0.25 }); // plain data: JSON.stringify(spec) is the network
console.log(countParams(spec)); // { trainable: 108648, statistics: 624, bytes: 434592 }
console.table(summarize(spec));

const backend = await openBackend('wasm');
const model = buildModel(spec);
const { params, stats } = model.init(1); // 'conv1/kernel' → Tensor
const images: Tensor4D = randomUniform([8, 24, 24, 3], -1, 1, 'float32', 1);

const { logits, stats: moved } = model.applyTrain(params, stats, images, { seed: 7 });
const answers = model.applyInfer(params, moved, images);

const folded = foldNorms(spec, params, moved); // the same answers, without norms
const sameAnswers = buildModel(folded.spec).applyInfer(folded.params, folded.stats, images);
console.log(logits.shape, answers.shape, sameAnswers.shape); // [8, 10] each
await backend.close();
