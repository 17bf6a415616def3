import { dispose, engine, square, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { runKernel } from '../support/runKernel.js';
import type { Values } from '../support/tensors.js';

const none: Values = { shape: [0, 3], data: new Float32Array(0) };
const some: Values = { shape: [2], data: Float32Array.of(1, 2) };

await describeBeside('webgpu', {}, (compute) => {
  it.each([
    ['one of three', { a: some, none, b: some }, 6],
    ['all', { none }, 0],
    ['one of many', Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, i === 4 ? none : some])), 24],
  ])('NormlabTotal, where %s', async (_, inputs, total) => {
    const [sum] = await compute('webgpu', () => runKernel('NormlabTotal', inputs, {}));
    expect(sum).toEqual({ shape: [], data: Float32Array.of(total) });
  });

  it('NormlabTotal of no tensor', async () => {
    const [sum] = await compute('webgpu', () => runKernel('NormlabTotal', {}, {}));
    expect(sum).toEqual({ shape: [], data: Float32Array.of(0) });
  });

  it.each([
    ['NormlabCountCorrect', [0]],
    ['NormlabSoftmaxCrossEntropy', [Number.NaN]],
  ] as const)('%s of no image', async (name, expected) => {
    const read = await compute('webgpu', async () => {
      const inputs = { logits: tensor2d([], [0, 4]), labels: tensor1d([], 'int32') };
      const outputs = [engine().runKernel<Tensor | Tensor[]>(name, inputs)].flat();
      const [value] = await Promise.all(outputs.map((each) => each.data()));
      dispose([inputs, outputs]);
      return [...value!];
    });
    expect(read).toEqual(expected);
  });

  it.each([
    ['NormlabSgdMomentumStep', ['velocities'], { learningRate: 1, momentum: 0.9, nesterov: false }],
    [
      'NormlabAdamWStep',
      ['firstMoments', 'secondMoments'],
      { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, stepSize: 1, rootCorrection: 1 },
    ],
  ] as const)('%s, where one variable is empty', async (name, states, attrs) => {
    const variables = [none, some];
    const zeros = variables.map(({ shape, data }) => ({ shape, data: data.map(() => 0) }));
    const inputs = {
      params: variables,
      grads: zeros,
      ...Object.fromEntries(states.map((state) => [state, zeros])),
    };
    const perVariable = { weightDecays: [0, 0], kept: [1, 1] };
    const outputs = await compute('webgpu', () => runKernel(name, inputs, { ...attrs, ...perVariable }));
    expect(outputs).toEqual([none, some, ...states.flatMap(() => zeros)]);
  });

  it('the device goes on', async () => {
    const read = await compute('webgpu', async () => {
      const x = tensor1d([1, 2]);
      const squares = square(x);
      const values = await squares.data();
      dispose([x, squares]);
      return [...values];
    });
    expect(read).toEqual([1, 4]);
  });
});
