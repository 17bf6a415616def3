import type { Cell } from './document.js';

/** A number with a minus sign, not a hyphen: `−0.580`. */
export function fixed(value: number, digits: number): string {
  return withMinus(value.toFixed(digits));
}

/** The text of a number with a minus sign in place of a hyphen. */
export function withMinus(text: string): string {
  return text.replace(/^-/, '−');
}

/** A proportion in per cent: `73.13 %`. */
export function percent(share: number, digits = 2): string {
  return `${fixed(100 * share, digits)} %`;
}

/** A proportion at a tick of an axis, with as many digits as it has: `90 %`, `91.5 %`. */
export function percentTick(share: number): string {
  return `${shortened(100 * share)} %`;
}

/** A number without the zeros at its end, and without the last digits, which rounding errors make up: `0.25`. */
export function shortened(value: number): string {
  return withMinus(String(Number(value.toPrecision(6))));
}

/** A difference of proportions in percentage points, with its sign: `−0.58`. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(2);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** A p value: `.013`, `< .001`. */
export function pValue(p: number): string {
  if (p < 0.001) return '< .001';
  return p >= 0.9995 ? '1' : p.toFixed(3).replace(/^0/, '');
}

/** `1 h 5 min`, `12 min`, `48 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A number of the analysis as a cell; a dash where it is null. */
export function numberCell(
  value: number | null | undefined,
  path: string,
  show: (value: number) => string,
): Cell {
  return value === null || value === undefined ? { text: '–' } : { text: show(value), value, path };
}

export function intervalCell(
  interval: readonly [low: number, high: number] | null | undefined,
  show: (value: number) => string,
): Cell {
  return {
    text: interval === null || interval === undefined ? '–' : `${show(interval[0])} to ${show(interval[1])}`,
  };
}
