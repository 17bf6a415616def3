import { expect, it } from 'vitest';
import { duration } from '../../src/terminal/duration.js';

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [187, '3 min 07 s'],
  [3599, '59 min 59 s'],
  [7500, '2 h 05 min'],
])('%d s = %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
