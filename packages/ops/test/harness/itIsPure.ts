import { normalArray } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gradientsOf } from './itIsDifferentiable.js';
import { type Operation, tensorsOf } from './operation.js';

/** Tests that an operation does not change its inputs and leaks no tensor. */
export function itIsPure(operation: Operation): void {
  const { inputs, run, reference } = operation;

  it('creates one new tensor, and leaves its inputs alive and unchanged', async () => {
    const tensors = tensorsOf(inputs);
    const before = tf.memory().numTensors;
    const y = run(tensors);
    expect(tf.memory().numTensors).toBe(before + 1);
    y.dispose();
    for (const [name, x] of Object.entries(inputs)) {
      expect([...(await tensors[name]!.data())]).toEqual([...x.values]);
    }
    tf.dispose(tensors);
  });

  it('returns a tensor that outlives its inputs', async () => {
    const [tensors, others] = [tensorsOf(inputs), tensorsOf(inputs)];
    const expected = run(others);
    const y = run(tensors);
    tf.dispose(tensors);
    expect([...(await y.data())]).toEqual([...(await expected.data())]);
    tf.dispose([y, expected, others]);
  });

  it('leaks nothing in its gradient', async () => {
    const dy = normalArray(reference(inputs).shape, 3);
    const before = tf.memory().numTensors;
    await gradientsOf(operation, dy);
    expect(tf.memory().numTensors).toBe(before);
  });
}
