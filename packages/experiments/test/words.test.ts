import { expect, it } from 'vitest';
import { seedsInWords } from '../src/index.js';
import { fewOf } from '../src/words.js';

const names = Array.from({ length: 30 }, (_, index) => `run${index + 1}`);

it('says seeds as ranges, and only their number if the list would be long', () => {
  expect(seedsInWords([5])).toBe('seed 5');
  expect(seedsInWords([1, 2, 3, 4, 5])).toBe('seeds 1 to 5');
  expect(seedsInWords([4, 5])).toBe('seeds 4 and 5');
  expect(seedsInWords([1, 3, 4, 7, 8, 9])).toBe('seeds 1, 3, 4 and 7 to 9');
  const odd = Array.from({ length: 10 }, (_, index) => 2 * index + 1);
  expect(seedsInWords(odd)).toBe('seeds 1, 3, 5, 7, 9, 11, 13, 15, 17 and 19');
  expect(seedsInWords([...odd, 21])).toBe('11 seeds');
  expect(seedsInWords(Array.from({ length: 20 }, (_, index) => 2 * index + 1))).toBe('20 seeds');
});

it('names a short list whole, of a long one as much as fits on a line or two', () => {
  expect(fewOf(names.slice(0, 10))).toBe(names.slice(0, 10).join(', '));
  expect(fewOf(names)).toBe(`${names.slice(0, 9).join(', ')} and 21 more`);
  expect(fewOf(names, 4)).toBe('run1, run2, run3 and 27 more');
});
