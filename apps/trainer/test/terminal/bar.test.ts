import { expect, it } from 'vitest';
import { barLine } from '../../src/terminal/bar.js';

const texts = {
  before: 'epoch 12/300',
  after: ['117000/390000', '12 h 05 min left', 'loss 1.234', 'accuracy 45.6 %', '1234 images/s'],
};

it.each([
  [
    120,
    'epoch 12/300 ███████░░░░░░░░░░░░░░░░░ 117000/390000  12 h 05 min left  loss 1.234  accuracy 45.6 %  1234 images/s',
  ],
  [80, 'epoch 12/300 ███████░░░░░░░░░░░░░░░ 117000/390000  12 h 05 min left  loss 1.234'],
  [60, 'epoch 12/300 ████░░░░░░░░░░ 117000/390000  12 h 05 min left'],
  [40, 'epoch 12/300 ████░░░░░░░░ 117000/390000'],
  [30, 'epoch 12/300 █████░░░░░░░░░░░'],
  [10, 'epoch 12/'],
])('at %d columns', (columns, line) => {
  expect(barLine(0.3, texts, columns)).toBe(line);
});

it('is always shorter than the terminal is wide', () => {
  for (let columns = 1; columns < 200; columns++) {
    const line = barLine(0.5, texts, columns);
    expect(line.length).toBeLessThan(columns);
    if (columns >= 25) expect(line).toMatch(/^epoch 12\/300 █+░+/);
  }
});

it('is empty at 0, full at 1, and never more', () => {
  const cells = (share: number) => barLine(share, { after: [] }, 80);
  expect(cells(0)).toBe('░'.repeat(24));
  expect(cells(1)).toBe('█'.repeat(24));
  expect(cells(1.2)).toBe('█'.repeat(24));
});
