import { OptionError } from '@normlab/errors';

/** @throws OptionError unless the value is an integer in [least, most] */
export function checkInteger(
  where: string,
  what: string,
  value: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `in [${least}, ${most}]`;
  throw new OptionError({ where, what, rule: `be an integer ${range}`, got: value });
}

/** @throws OptionError unless the value is a finite number in [least, most] */
export function checkFinite(
  where: string,
  what: string,
  value: number,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): void {
  if (Number.isFinite(value) && value >= least && value <= most) return;
  const lowest = least === Number.NEGATIVE_INFINITY ? '' : ` ≥ ${least}`;
  const range = most === Number.POSITIVE_INFINITY ? lowest : ` in [${least}, ${most}]`;
  throw new OptionError({ where, what, rule: `be a finite number${range}`, got: value });
}
