import { openBackend } from '@normlab/backends';
import { allCnn, buildModel } from '@normlab/models';
import { crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';

const backend = await openBackend('wasm');
const model = buildModel(allCnn({ width: 1 / 12, norm: 'cbn-all', input: [8, 8, 3] }));
const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, l2: 2e-4 });
const step = trainStep(model, optimizer, crossEntropy, { seed: 1 });

let state = initState(model, optimizer, 1);
for (let i = 0; i < 10; i++) {
  // Images are numbers, row by row, in any scale that the model is to see; labels are numbers of classes.
  const images = Float32Array.from({ length: 4 * 8 * 8 * 3 }, (_, k) => Math.sin(k + i));
  const batch = { images, labels: Int32Array.of(0, 1, 2, 3), shape: [4, 8, 8, 3] as const };
  const { state: next, loss } = await step(state, batch);
  disposeState(state, next); // all tensors of the old state that the new one has not taken over
  state = next;
  console.log(i, loss);
}
disposeState(state);
await backend.close();
