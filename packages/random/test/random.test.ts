import { deriveSeed, permutation, randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';

describe('deriveSeed', () => {
  it('gives the same seed for the same path, on every machine', () => {
    expect(deriveSeed(1, 'augment', 3, 17)).toBe(deriveSeed(1, 'augment', 3, 17));
    expect(deriveSeed(1, 'augment', 3, 17)).toMatchInlineSnapshot(`873511581`);
  });

  it('distinguishes paths whose concatenated text is the same', () => {
    const seeds = [
      deriveSeed(1),
      deriveSeed(2),
      deriveSeed(1, 'a', 'b'),
      deriveSeed(1, 'ab'),
      deriveSeed(1, 'b', 'a'),
      deriveSeed(1, 1, 2),
      deriveSeed(1, 12),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  it('has no collision among the first 10 000 steps', () => {
    const seeds = Array.from({ length: 10_000 }, (_, step) => deriveSeed(7, 'step', step));
    expect(new Set(seeds).size).toBe(10_000);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('refuses seed %s', (seed) => {
    expect(() => deriveSeed(seed)).toThrow('deriveSeed: seed must be an integer in [0, 2^32), got');
  });
});

describe('randomStream', () => {
  it('gives the same numbers for the same seed', () => {
    const draw = (seed: number) => {
      const stream = randomStream(seed);
      return [stream.uniform(), stream.uniform(-63, 63), stream.integer(9), stream.normal()];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  // With another release of pure-rand, old runs could not be resumed or repeated.
  it('gives these numbers, on every machine', () => {
    const stream = randomStream(5);
    const drawn = [stream.uniform(), stream.uniform(-63, 63), stream.integer(9), stream.integer(1e6)];
    expect(drawn).toEqual([0.9999999161372952, -55.112373352631145, 5, 741483]);
    // Its logarithm and cosine may differ in their last bits.
    expect(stream.normal()).toBeCloseTo(-0.4014436823465948, 14);
    expect(stream.uniform()).toBe(0.6528078645077536);
  });

  it('is uniform and normal: mean and variance within five standard errors of 100 000 draws', () => {
    const stream = randomStream(11);
    const n = 100_000;
    const moments = (draw: () => number) => {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const value = draw();
        sum += value;
        squares += value * value;
      }
      return { mean: sum / n, variance: squares / n - (sum / n) ** 2 };
    };
    const uniform = moments(() => stream.uniform());
    expect(Math.abs(uniform.mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(uniform.variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    const normal = moments(() => stream.normal());
    expect(Math.abs(normal.mean)).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(normal.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });
});

describe('permutation', () => {
  it('holds every index once and follows the stream', () => {
    const order = permutation(1000, randomStream(3));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order]).toEqual([...permutation(1000, randomStream(3))]);
    expect([...order]).not.toEqual([...permutation(1000, randomStream(4))]);
  });

  it('is this one, on every machine', () => {
    expect([...permutation(10, randomStream(5))]).toEqual([7, 1, 0, 4, 3, 9, 8, 5, 6, 2]);
  });

  // Of a uniform permutation, the number of fixed points has mean 1 and variance 1.
  it('has as many fixed points as a uniform one: the mean of 2000, within five standard errors', () => {
    const stream = randomStream(3);
    const n = 2000;
    let fixed = 0;
    for (let i = 0; i < n; i++) {
      fixed += permutation(10, stream).filter((value, index) => value === index).length;
    }
    expect(Math.abs(fixed / n - 1)).toBeLessThan(5 * Math.sqrt(1 / n));
  });

  it('is empty for size 0', () => {
    expect(permutation(0, randomStream(1))).toHaveLength(0);
  });
});
