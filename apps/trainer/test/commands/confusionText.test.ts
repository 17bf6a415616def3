import { expect, it } from 'vitest';
import { confusionText } from '../../src/commands/confusionText.js';

const cifar10 = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** Counts of a thousand images per class, of which `right` are recognized. */
function confusionOf(classes: readonly string[], right: number): number[][] {
  return classes.map((_, truth) => classes.map((_, taken) => (taken === truth ? right : taken)));
}

const widestOf = (text: string) => Math.max(...text.split('\n').map(({ length }) => length));

it.each([80, Infinity])('the matrix of CIFAR-10 has 80 columns (of %d), with whole names', (columns) => {
  const text = confusionText(confusionOf(cifar10, 1000), cifar10, columns);
  expect(text.split('\n').slice(0, 5)).toEqual([
    'truth \\      airplane automobile  bird   cat  deer   dog  frog horse  ship truck',
    'taken for',
    '------------ -------- ---------- ----- ----- ----- ----- ----- ----- ----- -----',
    'airplane        1,000          1     2     3     4     5     6     7     8     9',
    'automobile          0      1,000     2     3     4     5     6     7     8     9',
  ]);
  expect(widestOf(text)).toBeLessThanOrEqual(80);
});

it('a wider terminal gets whole titles', () => {
  const [first] = confusionText(confusionOf(cifar10, 1000), cifar10, 120).split('\n');
  expect(first).toMatch(/^truth \\ taken for +airplane +automobile +bird/);
});

it.each([
  [60, cifar10],
  [80, [...cifar10, 'a', 'b', 'c']],
])('a matrix that does not fit %d columns is told by its most frequent mistakes', (columns, classes) => {
  const lines = confusionText(confusionOf(classes, 1000), classes, columns).split('\n');
  expect(lines[0]).toMatch(/^truth +taken for +images$/);
  expect(lines).toHaveLength(12);
  expect(widestOf(lines.join('\n'))).toBeLessThanOrEqual(columns);
});
