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
    ['add', () => judged.add(a, b), (x: number, y: number) => x + y],
    ['sub', () => judged.sub(a, b), (x: number, y: number) => x - y],
    ['mul', () => judged.mul(a, b), (x: number, y: number) => x * y],
    ['square', () => judged.square(a), (x: number) => x * x],
  ] as const)('%s: exact values, computed values, and their largest difference', (_, run, f) => {
    const result = run();
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
    const quotient = judged.div(a, divisor);
    expect([quotient.value[1], quotient.computed[1]]).toEqual([a.value[1]! / -0.5, a.computed[1]! / -0.5]);
    expect(quotient.error[1]).toBe(a.error[1]! / 0.5);
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

  it('in any order of the operands, in the shape of the longer one, or of the one with more axes', () => {
    expect(judged.add(channel, a).value).toEqual(judged.add(a, channel).value);
    expect(judged.add(channel, a).shape).toEqual([40, 3]);
    const row = { ...channel, shape: [1, 3] };
    expect([judged.add(channel, row).shape, judged.add(row, channel).shape]).toEqual([
      [1, 3],
      [1, 3],
    ]);
    const column = known({ data: [1, 2, 3, 4], shape: [2, 2, 1] });
    expect(judged.add(column, channel).shape).toEqual([2, 2, 1]);
    const other = { ...channel, shape: [3] };
    expect(judged.add({ ...channel, shape: [3, 1] }, other).shape).toEqual([3, 1]);
    expect(judged.add({ ...channel, shape: [3, 1] }, row).shape).toEqual([3, 1]);
    expect(judged.add(channel, known({ data: [1], shape: [1, 1] })).shape).toEqual([3]);
  });

  it('by a function of slope ≤ 1, which sees the places too; its results are not those of the subject', () => {
    const tanh = judged.apply({ ...a, stored: true }, (each, i) => Math.tanh(each) + i);
    expect(tanh.value[5]).toBe(Math.tanh(a.value[5]!) + 5);
    expect(tanh.computed[5]).toBe(Math.tanh(a.computed[5]!) + 5);
    expect([tanh.error, tanh.stored]).toEqual([a.error, false]);
  });

  it('through sums of products and squares, channel by channel', () => {
    expect(judged.inner(a, b)).toEqual(judged.sum(judged.mul(a, b)));
    expect(judged.squaredLength(a)).toEqual(judged.sum(judged.mul(a, a)));
    const [first] = judged.inner(
      known({ data: [1, 2], shape: [2, 1] }),
      known({ data: [3, -4], shape: [2, 1] }),
    ).value;
    expect(first).toBe(-5);
  });

  it('to other places', () => {
    const turned = judged.gather(a, [3, 40], (i) => 3 * (i % 40) + Math.floor(i / 40));
    expect([turned.shape, turned.value.length, turned.size]).toEqual([[3, 40], 120, a.size]);
    expect([turned.value[41], turned.computed[41], turned.error[41]]).toEqual([
      a.value[4],
      a.computed[4],
      a.error[4],
    ]);
  });

  it('and grow on demand', () => {
    const wider = judged.widened(channel, [1, 2, 3]);
    expect([...wider.error]).toEqual([...channel.error].map((each, i) => each + i + 1));
    expect([wider.value, wider.computed]).toEqual([channel.value, channel.computed]);
  });

  it('but not through `given`', () => {
    const given = judged.given(a);
    expect(given.value).toEqual(a.computed);
    expect(Math.max(...given.error)).toBe(0);
    expect(given.stored).toBe(true);
  });
});

describe('sizes', () => {
  const values = (size: number, channelSizes?: number[]) => ({
    ...known({ data: [1, 1, 1, 1], shape: [2, 2] }),
    size,
    ...(channelSizes && { channelSizes: Float64Array.from(channelSizes) }),
  });

  it.each([
    ['add', judged.add, 5],
    ['sub', judged.sub, 5],
    ['mul', judged.mul, 10],
    ['div', judged.div, 2.5],
  ] as const)('of %s', (_, operation, size) => {
    expect(operation(values(5), values(2)).size).toBe(size);
    expect(operation(values(5), values(2)).channelSizes).toBeUndefined();
  });

  it('of squares and sums', () => {
    expect(judged.square(values(5)).size).toBe(25);
    expect(judged.sum(values(5)).size).toBe(10);
    expect(judged.sum(values(5)).channelSizes).toBeUndefined();
    expect(judged.mean(values(5)).size).toBe(5);
    expect(judged.length(values(5)).size).toBe(5);
  });

  it('of channels, where either operand has them; the other has its own size in each', () => {
    const [each, whole] = [values(5, [5, 3]), values(2)];
    expect([...judged.mul(each, whole).channelSizes!]).toEqual([10, 6]);
    expect([...judged.mul(whole, each).channelSizes!]).toEqual([10, 6]);
    expect([...judged.mul(each, values(7, [4, 7])).channelSizes!]).toEqual([20, 21]);
    expect([...judged.sum(each).channelSizes!]).toEqual([10, 6]);
  });

  it('can be given instead', () => {
    const given = judged.sized(values(5, [5, 3]), 7);
    expect([given.size, given.channelSizes]).toEqual([7, undefined]);
    expect(given.value).toEqual(values(5).value);
  });
});
