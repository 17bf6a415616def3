import { inSoftware, leaked, normalTensor, onBackends } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { addBias } from '../../src/layers/addBias.js';
import { channelSums } from '../../src/layers/channelSums.js';
import { prelu } from '../../src/layers/prelu.js';

onBackends('layers', inSoftware, () => {
  // Sums of 2·3·3 products of numbers below 4, each rounded once: 18 roundings of values below 18·16.
  const bound = 18 * 18 * 16 * 2 ** -24;

  it('channelSums(x)_c = Σ x_{n,h,w,c}', () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const sums = channelSums(x);
    expect(sums.shape).toEqual([2]);
    expect([...sums.dataSync()]).toEqual([16, 20]);
    tf.dispose([x, sums]);
  });

  describe.each([
    { title: 'addBias', ours: addBias, theirs: (x: tf.Tensor, each: tf.Tensor) => tf.add(x, each) },
    { title: 'prelu', ours: prelu, theirs: (x: tf.Tensor, each: tf.Tensor) => tf.prelu(x, each) },
  ])('$title', ({ ours, theirs }) => {
    it('is tfjs’s own, gradients too', () => {
      const x = normalTensor<tf.Rank.R4>([2, 3, 3, 4], 1);
      const variable = normalTensor<tf.Rank.R1>([4], 2);
      const dy = normalTensor<tf.Rank.R4>([2, 3, 3, 4], 3);
      const expected = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(theirs(a, b), dy)))([
        x,
        variable,
      ]);
      const actual = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.mul(ours(a as tf.Tensor4D, b as tf.Tensor1D), dy)),
      )([x, variable]);
      expect(farthest(actual.value, expected.value)).toBeLessThan(4 * bound);
      actual.grads.forEach((gradient, index) => {
        expect(gradient.shape).toEqual(expected.grads[index]!.shape);
        expect(farthest(gradient, expected.grads[index]!)).toBeLessThan(bound);
      });
      tf.dispose([x, variable, dy, expected, actual]);
    });

    it('has a gradient of its gradient', () => {
      const x = normalTensor<tf.Rank.R2>([5, 4], 1);
      const variable = normalTensor<tf.Rank.R1>([4], 2);
      // Of ‖∂/∂x Σ f²‖² by the variable: what the inner gradient reads must be on the outer one's tape.
      const curvature = (f: (x: tf.Tensor, each: tf.Tensor) => tf.Tensor) =>
        tf.grad((each) => tf.sum(tf.square(tf.grad((inner) => tf.sum(tf.square(f(inner, each))))(x))))(
          variable,
        );
      const expected = curvature(theirs);
      const actual = curvature((a, b) => ours(a as tf.Tensor2D, b as tf.Tensor1D));
      expect(farthest(actual, expected)).toBeLessThan(100 * bound);
      tf.dispose([x, variable, expected, actual]);
    });

    it('leaves no tensor behind, with or without gradients', () => {
      const x = normalTensor<tf.Rank.R2>([5, 4], 1);
      const variable = normalTensor<tf.Rank.R1>([4], 2);
      expect(leaked(() => ours(x, variable))).toBe(0);
      expect(
        leaked(() => tf.grads((a, b) => tf.sum(ours(a as tf.Tensor2D, b as tf.Tensor1D)))([x, variable])),
      ).toBe(0);
      tf.dispose([x, variable]);
    });
  });
});

function farthest(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]!);
}
