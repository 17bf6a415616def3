import { expect, it } from 'vitest';
import { isDone } from '../src/isDone.js';

const length = { steps: 80 };
const evaluatedAt = (step: number) => ({ step, accuracy: 0.5, loss: 1, images: 1000 });

it.each([
  ['steps are left', { step: 79, test: undefined }, false],
  ['it was stopped in its only evaluation', { step: 80, test: undefined }, false],
  ['it was stopped in its last evaluation', { step: 80, test: evaluatedAt(40) }, false],
  ['it was evaluated after its last step', { step: 80, test: evaluatedAt(80) }, true],
])('if %s: %j, done: %s', (_, progress, expected) => {
  expect(isDone(progress, length)).toBe(expected);
});
