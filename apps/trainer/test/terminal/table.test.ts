import { expect, it } from 'vitest';
import { table } from '../../src/terminal/table.js';

it('table aligns names to the left and numbers to the right', () => {
  const rows = [
    ['cat', 12, '0.50', '–'],
    ['automobile', 1234, '10.25', '7'],
  ];
  expect(table(['class', 'images', 'MB', 'paper'], rows)).toBe(
    [
      'class       images     MB  paper',
      '----------  ------  -----  -----',
      'cat             12   0.50      –',
      'automobile   1,234  10.25      7',
    ].join('\n'),
  );
});

it('table keeps a name in its cell, whatever characters are in it', () => {
  expect(table(['a\nb', 'n'], [['x\ny\u001b[2J', 1]])).toBe(
    ['a\\u000ab           n', '-----------------  -', 'x\\u000ay\\u001b[2J  1'].join('\n'),
  );
});
