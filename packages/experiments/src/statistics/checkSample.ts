import { OptionError } from '@normlab/errors';

/** @throws OptionError unless the sample has at least `least` values, all finite */
export function checkSample(where: string, what: string, values: readonly number[], least: number): void {
  if (values.length < least) {
    const rule = `hold at least ${least === 1 ? 'one value' : `${least} values`}`;
    throw new OptionError({ where, what, rule, got: values });
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new OptionError({ where, what: `${what}[${bad}]`, rule: 'be a finite number', got: values[bad] });
  }
}

/** How sure a statement about the population is. */
export type LevelOptions = {
  /** The confidence level; .95 by default. */
  readonly level?: number;
};

/** @throws OptionError unless the value is strictly between 0 and 1 */
export function checkLevel(where: string, what: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new OptionError({ where, what, rule: 'be in (0, 1)', got: value });
}

/** @throws OptionError unless the value is a finite number above 0 */
export function checkPositive(where: string, what: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new OptionError({ where, what, rule: 'be a number > 0', got: value });
}
