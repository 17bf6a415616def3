import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { figuresOf, recallText } from '../../src/commands/evaluationFigures.js';
import { writePredictions } from '../../src/commands/writePredictions.js';

it('figuresOf gives recall, interval and the classes without a prediction', () => {
  const confusion = [
    [3, 1, 0],
    [2, 2, 0],
    [0, 0, 0],
  ];
  const classes = ['ape', 'bee', 'cat'];
  const figures = figuresOf({ confusion, images: 8 }, classes);
  expect(figures.recall).toEqual([0.75, 0.5, null]);
  expect(figures.neverPredicted).toEqual(['cat']);
  // 5 of 8 by R's binom.test, to the digits that it prints.
  expect(figures.interval[0]).toBeCloseTo(0.2448632, 6);
  expect(figures.interval[1]).toBeCloseTo(0.9147666, 6);
  expect(recallText({ confusion }, figures, classes, Infinity)).toMatchInlineSnapshot(`
    "class  images  recall
    -----  ------  ------
    ape         4  75.0 %
    bee         4  50.0 %
    cat         0  –"
  `);
});

it('writePredictions quotes what CSV needs quoted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'normlab-test-'));
  try {
    const file = join(folder, 'all.csv');
    await writePredictions(file, [{ index: 0, label: 'cat, "big"', predicted: 'dog', probability: 0.5 }]);
    expect(readFileSync(file, 'utf8')).toBe('index,label,predicted,probability\n0,"cat, ""big""",dog,0.5\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
