import { openBackend } from '@normlab/backends';
import { type FusedKernelName, fusedKernel, fusedKernelNames, gradientsAround } from '@normlab/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let close = async () => {};
beforeAll(async () => {
  ({ close } = await openBackend('cpu'));
});
afterAll(() => close());

describe('fusedKernel', () => {
  const registered: FusedKernelName[] = [];
  afterEach(() => {
    for (const name of registered.splice(0)) tf.unregisterKernel(name, 'cpu');
  });

  /** Registers a kernel that returns `outputs`, and records its calls. */
  function register(name: FusedKernelName, outputs: () => tf.TensorInfo | tf.TensorInfo[]): unknown[] {
    const calls: unknown[] = [];
    tf.registerKernel({
      kernelName: name,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) => {
        calls.push({ inputs: Object.keys(inputs), attrs });
        return outputs();
      },
    });
    registered.push(name);
    return calls;
  }

  it('is undefined if the active backend has no such kernel', () => {
    expect(fusedKernelNames.map((name) => fusedKernel(name))).toEqual(fusedKernelNames.map(() => undefined));
  });

  it('runs the active backend’s kernel on named inputs and attributes', () => {
    const calls = register('NormlabStandardize', () => [tf.scalar(1), tf.scalar(2), tf.scalar(3)]);
    const outputs = fusedKernel('NormlabStandardize')!({ x: tf.scalar(5) }, { axes: [0], epsilon: 0.5 });
    expect(outputs.map((each) => each.dataSync()[0])).toEqual([1, 2, 3]);
    expect(calls).toEqual([{ inputs: ['x'], attrs: { axes: [0], epsilon: 0.5 } }]);
  });

  it('returns a list of outputs even if the kernel returns a single tensor', () => {
    const calls = register('NormlabTotal', () => tf.scalar(7));
    const [total] = fusedKernel('NormlabTotal')!({ a: tf.scalar(3), b: tf.scalar(4) });
    expect(total.dataSync()[0]).toBe(7);
    expect(calls).toEqual([{ inputs: ['a', 'b'], attrs: {} }]);
  });

  it.each(fusedKernelNames)(
    '%s is available inside as many gradients as its row says, and not inside more',
    (name) => {
      register(name, () => tf.scalar(0));
      const isThere: boolean[] = [];
      const ask = (x: tf.Tensor) => {
        isThere.push(fusedKernel(name) !== undefined);
        return tf.sum(tf.mul(x, x));
      };
      ask(tf.scalar(1));
      tf.tidy(() => tf.grad(ask)(tf.scalar(1)));
      tf.tidy(() => tf.grad((outer) => tf.grad(ask)(outer))(tf.scalar(1)));
      expect(isThere).toEqual([true, gradientsAround[name] === 1, false]);
    },
  );
});
