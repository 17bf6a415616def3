import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { table } from '../../src/terminal/table.js';

it('table aligns names to the left and numbers to the right', () => {
  const rows = [
    ['cat', 12, '0.50', '–'],
    ['automobile', 1234, '10.25', '7'],
  ];
  expect(table(['class', 'images', 'MB', 'paper'], rows, Infinity)).toBe(
    [
      'class       images     MB  paper',
      '----------  ------  -----  -----',
      'cat             12   0.50      –',
      'automobile   1,234  10.25      7',
    ].join('\n'),
  );
});

it('table keeps a name in its cell, whatever characters are in it', () => {
  expect(table(['a\nb', 'n'], [['x\ny\u001b[2J', 1]], Infinity)).toBe(
    ['a\\u000ab           n', '-----------------  -', 'x\\u000ay\\u001b[2J  1'].join('\n'),
  );
});

const widestOf = (text: string) => Math.max(...text.split('\n').map((line) => stringWidth(line)));

it.each([
  [
    49,
    [
      'run                          test accuracy   seed',
      '---------------------------  -------------  -----',
      'all-cnn-bn-tanh-cifar10-             81.20      1',
      'seed1',
      'nin                                  79.00  1,234',
    ],
  ],
  [
    40,
    [
      'run                           test  seed',
      '                          accuracy',
      '------------------------ --------- -----',
      'all-cnn-bn-tanh-cifar10-     81.20     1',
      'seed1',
      'nin                          79.00 1,234',
    ],
  ],
  [
    30,
    [
      'run                 test  seed',
      '                   accur',
      '                     acy',
      '------------------ ----- -----',
      'all-cnn-bn-tanh-   81.20     1',
      'cifar10-seed1',
      'nin                79.00 1,234',
    ],
  ],
])(
  'table at %d columns folds long texts, then gaps and titles, then all texts, and no number',
  (columns, lines) => {
    const rows = [
      ['all-cnn-bn-tanh-cifar10-seed1', '81.20', 1],
      ['nin', '79.00', 1234],
    ];
    expect(table(['run', 'test accuracy', 'seed'], rows, columns)).toBe(lines.join('\n'));
  },
);

it('table aligns names in characters that are two columns wide', () => {
  expect(
    table(
      ['種類', 'n'],
      [
        ['猫', 1],
        ['dog', 2],
      ],
      Infinity,
    ),
  ).toBe(['種類  n', '----  -', '猫    1', 'dog   2'].join('\n'));
});

it('table fits where three columns of texts can have 12 columns each, and loses no character', () => {
  const name = fc.stringMatching(/^[a-z 0-9/-]{1,60}$/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, name, name), { minLength: 1 }),
      fc.integer({ min: 40 }),
      (rows, columns) => {
        const lines = table(['first one', 'second one', 'third one'], rows, columns).split('\n');
        expect(widestOf(lines.join('\n'))).toBeLessThanOrEqual(columns);
        const letters = (all: string) => [...all.replaceAll(/\s/g, '')].sort().join('');
        const body = lines.slice(lines.findIndex((line) => /^-[- ]*$/.test(line)) + 1);
        expect(letters(body.join(''))).toBe(letters(rows.flat().join('')));
      },
    ),
  );
});
