import { expect, it } from 'vitest';
import { defaultJobs } from '../../src/experiments/defaultJobs.js';

const gibibytes = (count: number) => count * 2 ** 30;

it('starts one run per core, as far as the memory holds ResNets, and at least one', () => {
  expect(defaultJobs(8, gibibytes(64))).toBe(8);
  // docs/evidence/cpu-recipes: a ResNet takes up to 1.9 GiB.
  expect(defaultJobs(8, gibibytes(8))).toBe(4);
  expect(defaultJobs(2, gibibytes(1))).toBe(1);
});
