import { type OpenBackend, openBackend } from '@normlab/backends';
import { unitRoundoff } from '@normlab/testing';
import {
  grad,
  grads,
  memory,
  prelu,
  relu,
  setBackend,
  square,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSameBits, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

let backend: OpenBackend;

beforeAll(async () => {
  await openBackend('cpu');
  backend = await openBackend('wasm');
});

afterAll(() => backend.close());

describe('Relu', () => {
  it.each([1, 3, 4, 97, 40_001])('is max(x, 0): %i floats', async (size) => {
    const x = randomValues([size], 1);
    const [y] = await runOn('wasm', 'Relu', { x }, {});
    const values = x.values.map((value) => Math.max(value, 0));
    expect(hasSameBits(y, { shape: [size], values })).toBe(true);
  });

  it('keeps NaN, infinities, and the shape', async () => {
    const x = { shape: [1, 5], values: Float32Array.of(Number.NaN, -Infinity, Infinity, -0, -1) };
    const [y] = await runOn('wasm', 'Relu', { x }, {});
    expect(y).toEqual({ shape: [1, 5], values: Float32Array.of(Number.NaN, 0, Infinity, 0, 0) });
  });
});

describe('Tanh', () => {
  it('is within 6·u of tanh, relatively, from 2⁻⁴⁰ to 2⁴⁰', async () => {
    const { values } = randomValues([5003], 3);
    const x = { shape: [5003], values: values.map((value, i) => value * 2 ** ((i % 81) - 40)) };
    const [y] = await runOn('wasm', 'Tanh', { x }, {});
    const expected = { shape: [5003], values: Float64Array.from(x.values, Math.tanh) };
    // Reduced argument, polynomial, 2ⁿ·p + (2ⁿ − 1), 2 + t and the quotient round once or twice each.
    const bounds = {
      shape: [5003],
      values: expected.values.map((value) => 6 * unitRoundoff * Math.abs(value)),
    };
    expect(worstExcess(y!, expected, bounds)).toBeLessThanOrEqual(1);
  });

  it('keeps NaN, the signs of zeros, and ends at ±1', async () => {
    const x = { shape: [6], values: Float32Array.of(Number.NaN, 0, -0, Infinity, -Infinity, 20) };
    const [y] = await runOn('wasm', 'Tanh', { x }, {});
    expect([...y!.values]).toEqual([Number.NaN, 0, -0, 1, -1, 1]);
  });
});

describe('the gradient of prelu', () => {
  it.each([
    [[2, 3, 3, 10], [10]],
    [[5, 7], [7]],
    [[4000, 5], [5]],
    [
      [2, 3, 4],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [1, 1, 4],
    ],
    [[9], []],
    [[2, 0], [0]],
    [
      [2, 3, 3, 4],
      [3, 1, 1],
    ],
  ])('wasm ≈ cpu: %j with slopes %j', async (shapeX, shapeAlpha) => {
    // Both signs everywhere, also in the last values, which fill no vector.
    for (const sign of [1, -1]) {
      const drawn = randomValues(shapeX, 1);
      const x = { ...drawn, values: drawn.values.map((value) => sign * value) };
      await expectPreluGradients(x, randomValues(shapeAlpha, 2));
    }
  });

  it('at exactly 0: dx = α·dy, and nothing for α', async () => {
    const [x, alpha] = [{ shape: [7], values: new Float32Array(7) }, randomValues([7], 2)];
    const [dx, dAlpha] = await preluGradients('wasm', x, alpha);
    expect(dx!.values).toEqual(alpha.values);
    expect(dAlpha!.values).toEqual(x.values);
  });

  async function expectPreluGradients(x: Values, alpha: Values): Promise<void> {
    const [dx, dAlpha] = await preluGradients('wasm', x, alpha);
    const [expectedDx, expectedDAlpha] = await preluGradients('cpu', x, alpha);
    expect(hasSameBits(dx, expectedDx)).toBe(true);
    expect(dAlpha!.shape).toEqual(expectedDAlpha!.shape);
    // Float32 sums of terms below 1, in any order, on both sides.
    const terms = x.values.length / alpha.values.length;
    const bounds = { shape: alpha.shape, values: alpha.values.map(() => 2 * terms * terms * unitRoundoff) };
    expect(worstExcess(dAlpha!, expectedDAlpha!, bounds)).toBeLessThanOrEqual(1);
  }
});

async function preluGradients(backendName: string, x: Values, alpha: Values): Promise<Values[]> {
  await setBackend(backendName);
  const outputs = tidy(() => {
    const both = grads((x: Tensor, alpha: Tensor) => prelu(x, alpha));
    return both([tensor(x.values, x.shape), tensor(alpha.values, alpha.shape)]);
  });
  return outputs.map((each) => {
    const values = { shape: each.shape, values: each.dataSync<'float32'>() };
    each.dispose();
    return values;
  });
}

describe('of integers and booleans', () => {
  const onBoth = async (gradient: () => Tensor): Promise<number[][]> => {
    const results: number[][] = [];
    for (const name of ['wasm', 'cpu']) {
      await setBackend(name);
      results.push(tidy(() => [...gradient().dataSync()]));
    }
    return results;
  };

  it.each(['int32', 'bool'] as const)(
    'the gradient of relu of %s: 1 where x > 0, as on cpu',
    async (dtype) => {
      const values = dtype === 'bool' ? [1, 0, 1, 1, 0] : [-3, 2, 0, -1, 7];
      const expected = values.map((value) => (value > 0 ? 1 : 0));
      const results = await onBoth(() => grad((x: Tensor) => relu(x))(tensor1d(values, dtype)));
      expect(results).toEqual([expected, expected]);
    },
  );

  it('relu of bool is what it was', async () => {
    const values = [1, 0, 1, 1, 0];
    const results = await onBoth(() => {
      const y = relu(tensor1d(values, 'bool'));
      expect(y.dtype).toBe('bool');
      return y;
    });
    expect(results).toEqual([values, values]);
  });

  it('the gradient of prelu of int32: for α, x where x < 0, as on cpu', async () => {
    const results = await onBoth(() => {
      const x = tensor1d([-3, 2, 0, -1], 'int32');
      return grad((alpha: Tensor) => prelu(x, alpha))(tensor1d([0.5, 0.5, 0.5, 0.5]));
    });
    expect(results).toEqual([
      [-3, 0, 0, -1],
      [-3, 0, 0, -1],
    ]);
  });
});

describe.each(['Add', 'Sub', 'Multiply', 'RealDiv'])('%s', (kernelName) => {
  it.each([
    [[5], [5]],
    [
      [2, 3, 97],
      [2, 3, 97],
    ],
    [[40_001], [40_001]],
    [[3, 7], [7]],
    [[7], [3, 7]],
    [
      [4, 3, 5],
      [3, 5],
    ],
    [
      [4, 3, 5],
      [1, 3, 5],
    ],
    [[40_001], []],
    [
      [3, 4],
      [1, 1],
    ],
    [[], [3, 4]],
    [[], []],
    [[600, 97], [97]],
    [[20_000, 3], [3]],
    [[5000, 10], [10]],
    [[17], [3000, 17]],
    // Several tasks whose rows are no multiple of 16.
    [[5000, 10], [10]],
    [[6000, 3], [3]],
    [
      [3, 1],
      [3, 4],
    ],
    [
      [3, 1],
      [1, 4],
    ],
    [
      [2, 3, 1],
      [2, 1, 4],
    ],
    [[1], [1, 1, 1]],
    [[2, 1], [2]],
    [
      [5, 1, 1, 10],
      [5, 6, 6, 10],
    ],
    [
      [3, 7, 5, 97],
      [3, 1, 1, 97],
    ],
    [
      [2, 3, 40],
      [2, 3, 1],
    ],
    [
      [2, 3, 4, 40],
      [1, 3, 1, 40],
    ],
  ])('wasm = cpu: %j with %j', async (shapeA, shapeB) => {
    const inputs = { a: randomValues(shapeA, 1), b: randomValues(shapeB, 2) };
    const [actual] = await runOn('wasm', kernelName, inputs, {});
    const [expected] = await runOn('cpu', kernelName, inputs, {});
    expect(hasSameBits(actual, expected)).toBe(true);
  });

  it('leaves integers to tfjs', async () => {
    const a = { shape: [3], values: Int32Array.of(1, 2, 2 ** 24 + 1) };
    const b = { shape: [3], values: Int32Array.of(3, 2, 1) };
    const [actual] = await runOn('wasm', kernelName, { a, b }, {});
    const [expected] = await runOn('cpu', kernelName, { a, b }, {});
    expect([...actual!.values]).toEqual([...expected!.values]);
  });
});

describe('NormlabReluGrad', () => {
  it('does not silence NaN', async () => {
    const dy = { shape: [5], values: Float32Array.of(1, 2, 3, 4, 5) };
    const y = { shape: [5], values: Float32Array.of(Number.NaN, 0, 1, -1, Number.NaN) };
    const [dx] = await runOn('wasm', 'NormlabReluGrad', { dy, y }, {});
    expect([...dx!.values]).toEqual([1, 0, 3, 0, 5]);
  });

  it.each([1, 3, 4, 97, 16_384, 40_001])('is dy where y > 0: %i floats', async (size) => {
    const dy = randomValues([size], 1);
    const y = randomValues([size], 2);
    const [dx] = await runOn('wasm', 'NormlabReluGrad', { dy, y }, {});
    const values = dy.values.map((value, i) => (y.values[i]! > 0 ? value : 0));
    expect(hasSameBits(dx, { shape: [size], values })).toBe(true);
  });

  it('is the gradient that tfjs takes of relu, of first and second order', async () => {
    await runOn('wasm', 'Relu', { x: randomValues([1], 1) }, {});
    const first = grad((x: Tensor) => square(relu(x)));
    const second = grad((x: Tensor) => first(x));
    const before = memory().numTensors;
    tidy(() => {
      const x = tensor1d([-2, -0, 0, 3]);
      expect([...first(x).dataSync()]).toEqual([0, 0, 0, 6]);
      expect([...second(x).dataSync()]).toEqual([0, 0, 0, 2]);
    });
    expect(memory().numTensors).toBe(before);
  });
});
