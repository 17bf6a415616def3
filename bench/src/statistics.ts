import { OptionError } from '@normlab/errors';

/** The middle value of the sorted values, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a given share of the values lies, interpolated linearly: position share·(n − 1) of the sorted
 * values, counted from 0.
 *
 * @throws OptionError without values
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) {
    throw new OptionError({ where: 'quantile', what: 'values', rule: 'not be empty' });
  }
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * The exponent e of the y = c·xᵉ that fits the points best: the slope of the least-squares line through (ln x, ln y).
 *
 * @throws OptionError for fewer than two different x, or values that are not positive
 */
export function fittedExponent(points: readonly (readonly [x: number, y: number])[]): number {
  const where = 'fittedExponent';
  if (points.some(([x, y]) => !(x > 0 && y > 0))) {
    throw new OptionError({ where, what: 'points', rule: 'be positive', got: points });
  }
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const spread = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) {
    throw new OptionError({ where, what: 'points', rule: 'have at least two different x', got: points });
  }
  return logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
