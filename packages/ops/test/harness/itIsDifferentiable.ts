import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { NdArray } from '../reference/ndArray.js';
import { curvatureAlong, slopeAlong } from './finiteDifference.js';
import type { Arrays, Operation } from './operation.js';
import { normalArray, toTensor, uniformArray } from './samples.js';

/** The tests that an operation's gradients, first and second, are those of its float64 twin. */
export function itIsDifferentiable(operation: Operation): void {
  const { inputs, reference } = operation;
  const names = Object.keys(inputs);
  const weights = normalArray(reference(inputs).shape, 7);
  const loss = (at: Arrays) => dot(reference(at), weights);
  const magnitude = reference(inputs).values.reduce(
    (sum, y, place) => sum + Math.abs(y * weights.values[place]!),
    1,
  );

  it.each(names)('⟨∂L/∂%s, v⟩ = (L(x + hv) − L(x − hv)) / 2h', (name) => {
    const direction = normalArray(inputs[name]!.shape, 8);
    const expected = slopeAlong(loss, inputs, { [name]: direction }, { magnitude });
    const gradient = gradientsOf(operation, weights)[name]!;
    const bound = operation.bounds(weights).gradients[name]!;
    const most = bound.values.reduce(
      (sum, each, place) => sum + each * Math.abs(direction.values[place]!),
      expected.error,
    );
    expect(Math.abs(dot(gradient, direction) - expected.value)).toBeLessThanOrEqual(most);
  });

  it('⟨∂²L/∂x² · u, v⟩ = the second difference', () => {
    const directions = (seed: number): Arrays =>
      Object.fromEntries(names.map((name, i) => [name, uniformArray(inputs[name]!.shape, seed + i, -1, 1)]));
    const [u, v] = [directions(20), directions(30)];
    const expected = curvatureAlong(loss, inputs, [u, v], { magnitude });
    const most = operation.bounds(weights).second + expected.error;
    expect(Math.abs(curvatureOf(operation, weights, [u, v]) - expected.value)).toBeLessThanOrEqual(most);
  });
}

/** ∂⟨f, dy⟩ / ∂(each input), by tfjs. */
export function gradientsOf({ inputs, run }: Operation, dy: NdArray): Arrays {
  const names = Object.keys(inputs);
  const gradients = tf.tidy(() =>
    tf.grads((...given) => run(named(names, given)))(tensorsOf(names, inputs), toTensor(dy)),
  );
  const arrays = gradients.map((gradient) => ({
    shape: gradient.shape,
    values: Float64Array.from(gradient.dataSync()),
  }));
  tf.dispose(gradients);
  return named(names, arrays);
}

/** ∂⟨∂⟨f, dy⟩/∂inputs, v⟩ / ∂inputs · u, by tfjs. */
function curvatureOf({ inputs, run }: Operation, dy: NdArray, [u, v]: readonly [Arrays, Arrays]): number {
  const names = Object.keys(inputs);
  const curvature = tf.tidy(() => {
    const slopeAlongV = (...given: tf.Tensor[]) => {
      const gradients = tf.grads((...inner) => run(named(names, inner)))(given, toTensor(dy));
      // tfjs refuses an input that the first gradient does not depend on, as it does not on a bias.
      const zero = sumOfProducts(
        given,
        given.map((x) => tf.zerosLike(x)),
      );
      return tf.add(zero, sumOfProducts(gradients, tensorsOf(names, v)));
    };
    return sumOfProducts(tf.grads(slopeAlongV)(tensorsOf(names, inputs)), tensorsOf(names, u));
  });
  const [value] = curvature.dataSync();
  curvature.dispose();
  return value!;
}

function sumOfProducts(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): tf.Tensor {
  return tf.addN(a.map((each, i) => tf.sum(tf.mul(each, b[i]!))));
}

function tensorsOf(names: readonly string[], arrays: Arrays): tf.Tensor[] {
  return names.map((name) => toTensor(arrays[name]!));
}

function named<T>(names: readonly string[], values: readonly T[]): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

function dot(a: NdArray, b: NdArray): number {
  return a.values.reduce((sum, value, place) => sum + value * b.values[place]!, 0);
}
