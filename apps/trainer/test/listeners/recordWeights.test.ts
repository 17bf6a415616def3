import { expect, it } from 'vitest';
import { weightFigures } from '../../src/listeners/recordWeights.js';

it('by hand: W = (3, 4) turned by a right angle', () => {
  expect(weightFigures([3, 4], [1, -2], [-4, 3], 0.5)).toEqual({
    norm: 5,
    gradient: Math.sqrt(5),
    angle: Math.PI / 2,
    effectiveRate: 0.02,
  });
});

it('a kernel that only grows, shrinks or turns round keeps its line', () => {
  const angleTo = (...moved: number[]) => weightFigures([3, 4], [0, 0], moved, 1)?.angle;
  expect(angleTo(3, 4)).toBe(0);
  expect(angleTo(6, 8)).toBe(0);
  expect(angleTo(1.5, 2)).toBe(0);
  expect(angleTo(-3, -4)).toBe(Math.PI);
});

it.each([1e-2, 1e-6, 1e-12])('finds an angle of %s', (angle) => {
  // W = (1, 0, 0, …) turned in its plane with the last axis, and stretched: an arc cosine would give 0 for 1e-12.
  const weights = Float64Array.from({ length: 100 }, (_, index) => (index === 0 ? 1 : 0));
  const moved = weights.map((_, index) =>
    index === 0 ? 1.25 * Math.cos(angle) : index === 99 ? 1.25 * Math.sin(angle) : 0,
  );
  const found = weightFigures(weights, weights, moved, 0.1)!.angle;
  expect(Math.abs(found / angle - 1)).toBeLessThan(1e-12);
});

it('has nothing to say of weights that are 0', () => {
  expect(weightFigures([0, 0], [1, 1], [0.1, 0.1], 0.1)).toBeUndefined();
});
