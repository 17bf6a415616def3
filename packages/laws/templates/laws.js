// The laws of batch norm as tests of your own normalization. Copy this file to laws.test.js, put your operation in the
// place of `standardize`, and run it with vitest; for jest leave out the line that imports vitest, and run
// `NODE_OPTIONS=--experimental-vm-modules npx jest`.
import { openBackend } from '@normlab/backends';
import { check, lawsFor, likelyFaults, tensorSubject } from '@normlab/laws';
import { add, div, moments, sqrt, sub } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** x [N, …, C] with mean 0 and variance 1 in each channel; ε is added to the variance. */
function standardize(x, epsilon) {
  const { mean, variance } = moments(x, [...x.shape.keys()].slice(0, -1));
  return div(sub(x, mean), sqrt(add(variance, epsilon)));
}

const subject = tensorSubject({ standardize });
const laws = lawsFor(subject);
const reports = [];
let backend;

beforeAll(async () => {
  backend = await openBackend('wasm');
});

afterAll(async () => {
  for (const { fault } of likelyFaults(reports)) console.log(`Likely fault: ${fault}`);
  await backend.close();
});

test.each(laws.map((law) => [law.id, law.title, law]))('law %s: %s', async (_id, _title, law) => {
  const report = await check(law, subject, { runs: 25, seed: 1 });
  reports.push(report);
  expect(report.counterexample).toBeUndefined();
});
