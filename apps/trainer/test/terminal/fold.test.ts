import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { fold } from '../../src/terminal/fold.js';

it.each([
  ['all-cnn-bn-seed1', 10, ['all-cnn-', 'bn-seed1']],
  ['runs/table-2/bn', 8, ['runs/', 'table-2/', 'bn']],
  ['one two three', 7, ['one two', 'three']],
  ['automobile', 5, ['autom', 'obile']],
  ['x automobile', 5, ['x aut', 'omobi', 'le']],
  ['猫猫猫', 5, ['猫猫', '猫']],
  ['', 5, ['']],
  ['whole', Infinity, ['whole']],
])('fold(%j, %d)', (text, columns, lines) => {
  expect(fold(text, columns)).toEqual(lines);
});

it('fold gives lines that fit, with all characters but spaces in their order', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 100 }), (text, columns) => {
      const lines = fold(text, columns);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.trimEnd().replaceAll(' ', ''));
    }),
  );
});
