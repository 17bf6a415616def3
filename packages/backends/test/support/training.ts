import { allCnn, buildModel, type ModelSpec } from '@normlab/models';
import { constant, crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';
import { normals } from './tensors.js';

export const steps = 20;
const [batch, size] = [4, 8];

/**
 * Constant batch norm, and batch norm after the last convolution. Five and ten channels, because wasm's fast 3×3
 * convolutions need multiples of four: they round differently from the sums for which the bound of `parity.test.ts` is
 * derived, and have their own tests.
 */
export const spec = allCnn({ width: 5 / 96, norm: 'cbn-lconv-bn', input: [size, size, 3] });
export const rule = { learningRate: 0.01, momentum: 0.9, l2: 0.01 };

export type Training = { readonly network?: ModelSpec; readonly rule?: typeof rule };

/** The losses of {@link steps} training steps on the active backend. */
export async function lossesOf({
  network = spec,
  rule: { learningRate, ...others } = rule,
}: Training = {}): Promise<number[]> {
  const model = buildModel(network);
  const optimizer = sgd({ learningRate: constant(learningRate), ...others });
  const step = trainStep(model, optimizer, crossEntropy, { seed: 1 });
  let state = initState(model, optimizer, 1);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const images = normals(100 + i, batch, size, size, 3).data;
    const labels = Int32Array.from({ length: batch }, (_, image) => (7 * i + 3 * image) % 10);
    const next = await step(state, { images, labels, shape: [batch, size, size, 3] });
    disposeState(state, next.state);
    state = next.state;
    losses.push(next.loss);
  }
  disposeState(state);
  return losses;
}
