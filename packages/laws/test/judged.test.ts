import { deriveSeed, randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import * as judged from '../src/judged.js';

const { known } = judged;

/** Random values, their error bounds, and computed values with random errors within these bounds. */
function off(seed: string, shape: number[]) {
  const stream = randomStream(deriveSeed(1, seed));
  const length = shape.reduce((a, b) => a * b, 1);
  const value = Float64Array.from(
    { length },
    () => stream.uniform(0.5, 2) * (stream.uniform() < 0.5 ? -1 : 1),
  );
  const error = value.map(() => stream.uniform(0, 0.25));
  const computed = value.map((each, i) => each + error[i]! * stream.uniform(-1, 1));
  return { ...known({ data: value, shape }), error, computed };
}

describe('errors pass through', () => {
  const [a, b, channel] = [off('a', [40, 3]), off('b', [40, 3]), off('channel', [3])];
  const divisor = known({ data: [2, -0.5, 4], shape: [3] });
  it.each([
    ['add', judged.add(a, b), (x: number, y: number) => x + y],
    ['sub', judged.sub(a, b), (x: number, y: number) => x - y],
    ['mul', judged.mul(a, b), (x: number, y: number) => x * y],
    ['square', judged.square(a), (x: number) => x * x],
  ] as const)('%s: exact values, computed values, and their largest difference', (_, result, f) => {
    result.value.forEach((value, i) => {
      expect(value).toBe(f(a.value[i]!, b.value[i]!));
      expect(result.computed[i]).toBe(f(a.computed[i]!, b.computed[i]!));
      const corners = [-1, 1].flatMap((p) =>
        [-1, 1].map((q) => f(a.value[i]! + p * a.error[i]!, b.value[i]! + q * b.error[i]!)),
      );
      const furthest = Math.max(...corners.map((each) => Math.abs(each - value)));
      expect(result.error[i]).toBeGreaterThanOrEqual(furthest * (1 - 1e-12));
      expect(result.error[i]).toBeLessThanOrEqual(furthest * (1 + 1e-12));
    });
  });

  it('per channel, and by numbers', () => {
    expect(judged.add(a, channel).value[4]).toBe(a.value[4]! + channel.value[1]!);
    expect(judged.mul(-3, a).error[7]).toBe(3 * a.error[7]!);
    expect(judged.div(a, divisor).error[1]).toBe(a.error[1]! / 0.5);
    expect(judged.sub(1, a).shape).toEqual([40, 3]);
  });

  it.each([
    ['sum', judged.sum, (column: number[]) => column.reduce((x, y) => x + y, 0)],
    ['mean', judged.mean, (column: number[]) => column.reduce((x, y) => x + y, 0) / 40],
    ['length', judged.length, (column: number[]) => Math.hypot(...column)],
  ] as const)('%s over all but the last axis', (_, over, f) => {
    const result = over(a);
    const column = (values: Float64Array, c: number) => Array.from(values).filter((__, i) => i % 3 === c);
    expect(result.shape).toEqual([3]);
    for (let c = 0; c < 3; c++) {
      expect(result.value[c]).toBeCloseTo(f(column(a.value, c)), 12);
      expect(result.computed[c]).toBeCloseTo(f(column(a.computed, c)), 12);
      expect(result.error[c]).toBeCloseTo(f(column(a.error, c)), 12);
      expect(Math.abs(result.computed[c]! - result.value[c]!)).toBeLessThanOrEqual(result.error[c]!);
    }
  });

  it('but not through `given`', () => {
    const given = judged.given(a);
    expect(given.value).toEqual(a.computed);
    expect(Math.max(...given.error)).toBe(0);
  });
});
