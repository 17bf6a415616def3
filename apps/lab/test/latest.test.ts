import { expect, it } from 'vitest';
import { latest } from '../src/latest.js';

it('a request is the newest until another one begins', () => {
  const begin = latest();
  const first = begin();
  expect(first()).toBe(true);
  const second = begin();
  expect([first(), second()]).toEqual([false, true]);
  // Those of another place on the page are no concern of these.
  latest()();
  expect(second()).toBe(true);
});
