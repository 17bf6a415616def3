import { allCnn, buildModel } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { expect, it } from 'vitest';
import { measure } from '../src/worker/measure.js';

withBackend('cpu');

it('reads the lengths of kernels, and gains and biases of norms, but not the lengths of weight norm', async () => {
  const model = buildModel(allCnn({ width: 0.05, norm: 'bn', convWeights: 'weight-norm' }));
  const { params } = model.init(1);
  expect(Object.keys(params)).toContain('conv1/scale');
  const { step, kernelNorms, gains, biases } = await measure(model, params, ['conv1/direction'], 7);
  expect(step).toBe(7);
  const squares = Array.from(params['conv1/direction']!.dataSync(), (value) => value ** 2);
  expect(kernelNorms['conv1/direction']).toBeCloseTo(Math.sqrt(squares.reduce((sum, each) => sum + each)), 5);
  const norms = Array.from({ length: 9 }, (_, index) => `norm${index + 1}`);
  expect(gains.map(({ layer }) => layer)).toEqual(norms);
  expect(biases.map(({ layer }) => layer)).toEqual(norms);
  for (const { values } of gains) expect(new Set(values)).toEqual(new Set([1]));
});
