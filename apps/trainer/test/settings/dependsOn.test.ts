import { expect, it } from 'vitest';
import { dependsOn } from '../../src/settings/dependsOn.js';
import type { Options, Values } from '../../src/settings/option.js';
import { trainOptions } from '../../src/settings/trainOptions.js';

const options: Options = trainOptions;

it('knows what decides each setting: conditions, defaults, and what replaces it', () => {
  const { finalLearningRate, momentum, pipeline, groups, epochs, steps, model, learningRate } = dependsOn;
  expect(finalLearningRate).toEqual(['schedule', 'learningRate']);
  expect(momentum).toEqual(['optimizer']);
  expect(pipeline).toEqual(['model']);
  expect(groups).toEqual(['normKind']);
  expect([epochs, steps, model]).toEqual([['steps'], ['epochs'], ['spec']]);
  expect(learningRate).toEqual([]);
});

it.each(Object.entries(options))(
  '%s: a default says which settings it is computed from',
  (_, { fallback }) => {
    if (typeof fallback !== 'object' || !('by' in fallback)) return;
    const read = new Set<string>();
    const values: Values = new Proxy({}, { get: (_target, key) => void read.add(String(key)) });
    fallback.by(values);
    expect([...read]).toEqual(fallback.of);
  },
);
