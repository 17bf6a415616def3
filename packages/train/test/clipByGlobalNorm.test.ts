import type { Variables } from '@normlab/models';
import { inSoftware, messageOf, onBackends } from '@normlab/testing';
import { clipByGlobalNorm, constant, type Optimizer, sgd } from '@normlab/train';
import { dispose, memory, scalar, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

onBackends('clipByGlobalNorm', inSoftware, () => {
  const plain = sgd({ learningRate: constant(1) });

  function step(gradient: [number, number], maxNorm: number): number[] {
    const params: Variables = { a: tensor1d([0]), b: tensor1d([0]) };
    const grads: Variables = { b: tensor1d([gradient[1]]), a: tensor1d([gradient[0]]) };
    const before = memory().numTensors;
    const next = clipByGlobalNorm(plain, { maxNorm }).update(grads, {}, params, 0);
    expect(memory().numTensors).toBe(before + 2);
    const moved = [...next.params.a!.dataSync(), ...next.params.b!.dataSync()];
    dispose([params, grads, next]);
    return moved;
  }

  it('‖g‖ > c: g·c/‖g‖, over all variables together', () => {
    // ‖(3, 4)‖ = 5, and 2.5/5 = 1/2 exactly.
    expect(step([3, 4], 2.5)).toEqual([-1.5, -2]);
  });

  it('‖g‖ ≤ c: g, bit for bit', () => {
    expect(step([3, 4], 5)).toEqual([-3, -4]);
    expect(step([Math.fround(0.1), Math.fround(0.7)], 5)).toEqual([-Math.fround(0.1), -Math.fround(0.7)]);
  });

  it('does not depend on the order of the variables, though a float sum does', () => {
    // ‖g‖² = 1 + 4·2⁻²⁴: from the left, each 2⁻²⁴ beside 1 is rounded away; from the right, all four arrive.
    const values = { a: 1, b: 2 ** -12, c: 2 ** -12, d: 2 ** -12, e: 2 ** -12 };
    const movedIn = (names: (keyof typeof values)[]): number[] => {
      const grads = Object.fromEntries(names.map((name) => [name, tensor1d([values[name]])]));
      const params: Variables = { a: tensor1d([0]) };
      const next = clipByGlobalNorm(plain, { maxNorm: 0.5 }).update(grads, {}, params, 0);
      const moved = [...next.params.a!.dataSync()];
      dispose([grads, params, next]);
      return moved;
    };
    expect(movedIn(['e', 'd', 'c', 'b', 'a'])).toEqual(movedIn(['a', 'b', 'c', 'd', 'e']));
  });

  it('keeps the state and the rates of an optimizer that is a class', () => {
    class Counting implements Optimizer {
      readonly steps = 3;
      init(): Variables {
        return { 'a/count': scalar(this.steps) };
      }
      learningRate(step: number): number {
        return this.steps + step;
      }
      update(_: Variables, state: Variables, params: Variables): { params: Variables; state: Variables } {
        return { params, state };
      }
    }
    const clipped = clipByGlobalNorm(new Counting(), { maxNorm: 1 });
    const state = clipped.init({});
    expect([...state['a/count']!.dataSync()]).toEqual([3]);
    expect(clipped.learningRate(4)).toBe(7);
    dispose(state);
  });

  it('names a maxNorm out of range, also of float32', async () => {
    const messages = [0, -1, 1e-46, 1e-40, 1e39, Number.NaN].map((maxNorm) =>
      messageOf(() => clipByGlobalNorm(plain, { maxNorm })),
    );
    expect(await Promise.all(messages)).toEqual(
      ['0', '-1', '1e-46', '1e-40', '1e+39', 'NaN'].map(
        (got) =>
          `OptionError: clipByGlobalNorm: maxNorm must be in [2^-126, 2^128), the positive normal numbers of float32, got ${got}.`,
      ),
    );
  });

  it('takes the ends of the range: zero gradients stay 0', () => {
    for (const maxNorm of [2 ** -126, 3.4e38]) expect(step([0, 0], maxNorm)).toEqual([0, 0]);
  });
});
