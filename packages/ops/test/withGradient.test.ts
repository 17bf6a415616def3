import { withBackend } from '@normlab/testing';
import {
  engine,
  grad,
  memory,
  mul,
  profile,
  scalar,
  sum,
  type Tensor,
  tensor1d,
  valueAndGrad,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { withGradient, withGradientAndConstants } from '../src/withGradient.js';

withBackend('cpu');

/** x², whose gradient reads x and a tensor that the forward pass has made, 3x. */
function square(x: Tensor): Tensor {
  return withGradient([x], (save) => {
    const tripled = mul(x, 3);
    save([x, tripled]);
    return { value: mul(x, x), gradient: (dy, [own, triple]) => [mul(dy, mul(mul(triple!, own!), 2))] };
  });
}

describe('withGradient', () => {
  it('gives the gradient what the forward pass saved, and disposes it after the gradient', () => {
    const x = tensor1d([1, 2]);
    const { numTensors, numDataBuffers, numBytes } = memory();
    const { value, grad: slope } = valueAndGrad((t: Tensor) => sum(square(t)))(x);
    expect([value.dataSync()[0], ...slope.dataSync()]).toEqual([5, 6, 24]);
    value.dispose();
    slope.dispose();
    expect(memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    expect([...x.dataSync()]).toEqual([1, 2]);
    x.dispose();
  });

  it('saves inputs that are disposed before the gradient is taken', () => {
    const x = tensor1d([1, 2]);
    const slope = grad((t: Tensor) => {
      const moved = mul(t, 2);
      const y = square(moved);
      moved.dispose();
      return sum(y);
    })(x);
    expect([...slope.dataSync()]).toEqual([48, 192]);
  });

  it('clones nothing, so that a tensor that is saved runs no kernel', async () => {
    const { kernelNames } = await profile(() => grad(square)(tensor1d([1, 2])));
    expect(kernelNames).toContain('Multiply');
    expect(kernelNames).not.toContain('Identity');
  });

  it('saves nothing outside of a gradient', () => {
    const x = tensor1d([1, 2]);
    const { numTensors } = memory();
    square(x).dispose();
    expect(memory().numTensors).toBe(numTensors);
    x.dispose();
  });

  it('disposes what it saved if the forward pass fails', () => {
    const x = tensor1d([1, 2]);
    const { numTensors } = memory();
    const failing = (t: Tensor) =>
      withGradient([t], (save) => {
        save([t]);
        throw new Error('no value');
      });
    expect(() => grad((t: Tensor) => sum(failing(t)))(x)).toThrow('no value');
    expect(memory().numTensors).toBe(numTensors);
    x.dispose();
  });

  it('in a gradient of a gradient, the outer one flows through saved inputs', () => {
    const simple = (x: Tensor) =>
      withGradient([x], (save) => {
        save([x]);
        return { value: mul(x, x), gradient: (dy, [own]) => [mul(dy, mul(own!, 2))] };
      });
    const slope = grad((t: Tensor) => sum(grad(simple)(t)))(tensor1d([1, 2]));
    expect([...slope.dataSync()]).toEqual([2, 2]);
  });
});

describe('withGradientAndConstants', () => {
  it('gives constants to the scope around it, and no gradient flows through them', () => {
    const x = scalar(3);
    const { numTensors } = memory();
    const slope = engine().tidy(() =>
      grad((t: Tensor) => {
        const { value, constants } = withGradientAndConstants([t], () => ({
          value: mul(t, 2),
          constants: [mul(t, 5)],
          gradient: (dy) => [mul(dy, 2)],
        }));
        return mul(value, constants[0]!);
      })(x),
    );
    expect(slope.dataSync()[0]).toBe(30);
    slope.dispose();
    expect(memory().numTensors).toBe(numTensors);
  });
});
