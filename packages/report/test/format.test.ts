import { expect, it } from 'vitest';
import { fixed, percent, withMinus } from '../src/format.js';

it('numbers below 0 have a minus sign, not a hyphen', () => {
  expect([fixed(-0.5, 2), fixed(0.5, 2)]).toEqual(['−0.50', '0.50']);
  expect([percent(-0.5353), percent(0.5353)]).toEqual(['−53.53 %', '53.53 %']);
  expect(withMinus('-1e-7')).toBe('−1e-7');
});
