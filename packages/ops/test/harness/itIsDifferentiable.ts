import { type NdArray, normalArray, read, readAll, toTensor, uniformArray } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { curvatureAlong, slopeAlong } from './finiteDifference.js';
import type { Arrays, Operation } from './operation.js';

/** Tests that an operation's first and second gradients equal those of its float64 twin. */
export function itIsDifferentiable(operation: Operation): void {
  const { inputs, reference } = operation;
  const names = Object.keys(inputs);
  const weights = normalArray(reference(inputs).shape, 7);
  const loss = (at: Arrays) => dot(reference(at), weights);
  const magnitude = reference(inputs).values.reduce(
    (sum, y, place) => sum + Math.abs(y * weights.values[place]!),
    1,
  );

  it.each(names)('⟨∂L/∂%s, v⟩ = (L(x + hv) − L(x − hv)) / 2h', async (name) => {
    const direction = normalArray(inputs[name]!.shape, 8);
    const expected = slopeAlong(loss, inputs, { [name]: direction }, { magnitude });
    const gradient = (await gradientsOf(operation, weights))[name]!;
    const bound = operation.bounds(weights).gradients[name]!;
    const most = bound.values.reduce(
      (sum, each, place) => sum + each * Math.abs(direction.values[place]!),
      expected.error,
    );
    expect(Math.abs(dot(gradient, direction) - expected.value)).toBeLessThanOrEqual(most);
  });

  it('⟨∂²L/∂x² · u, v⟩ = the second difference', async () => {
    const directions = (seed: number): Arrays =>
      Object.fromEntries(names.map((name, i) => [name, uniformArray(inputs[name]!.shape, seed + i, -1, 1)]));
    const [u, v] = [directions(20), directions(30)];
    const expected = curvatureAlong(loss, inputs, [u, v], { magnitude });
    const most = operation.bounds(weights).second + expected.error;
    const curvature = await curvatureOf(operation, weights, [u, v]);
    expect(Math.abs(curvature - expected.value)).toBeLessThanOrEqual(most);
  });
}

/** ∂⟨f, dy⟩ / ∂(each input), by tfjs. */
export function gradientsOf({ inputs, run }: Operation, dy: NdArray): Promise<Arrays> {
  const names = Object.keys(inputs);
  return readAll(() =>
    named(names, tf.grads((...given) => run(named(names, given)))(tensors(names, inputs), toTensor(dy))),
  );
}

/** ∂⟨∂⟨f, dy⟩/∂inputs, v⟩ / ∂inputs · u, by tfjs. */
async function curvatureOf(
  { inputs, run }: Operation,
  dy: NdArray,
  [u, v]: readonly [Arrays, Arrays],
): Promise<number> {
  const names = Object.keys(inputs);
  const slopeAlongV = (...given: tf.Tensor[]) => {
    const gradients = tf.grads((...inner) => run(named(names, inner)))(given, toTensor(dy));
    // tfjs refuses an input on which the first gradient does not depend, such as an offset.
    const zero = sumOfProducts(
      given,
      given.map((x) => tf.zerosLike(x)),
    );
    return tf.add(zero, sumOfProducts(gradients, tensors(names, v)));
  };
  const [curvature] = await read(() =>
    sumOfProducts(tf.grads(slopeAlongV)(tensors(names, inputs)), tensors(names, u)),
  );
  return curvature!;
}

function sumOfProducts(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): tf.Tensor {
  return tf.addN(a.map((each, i) => tf.sum(tf.mul(each, b[i]!))));
}

function tensors(names: readonly string[], arrays: Arrays): tf.Tensor[] {
  return names.map((name) => toTensor(arrays[name]!));
}

function named<T>(names: readonly string[], values: readonly T[]): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

function dot(a: NdArray, b: NdArray): number {
  return a.values.reduce((sum, value, place) => sum + value * b.values[place]!, 0);
}
