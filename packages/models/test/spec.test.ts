import { expect, it, vi } from 'vitest';

vi.mock('@tensorflow/tfjs-core', () => {
  throw new Error('@normlab/models/spec must load without TensorFlow.js');
});

it('makes, reads, places, counts and summarizes networks without TensorFlow.js', async () => {
  const { network, parseSpec, placeNorms, countParams, summarize, modelSpecJsonSchema, variablePlan } =
    await import('@normlab/models/spec');
  const spec = placeNorms(parseSpec(JSON.parse(JSON.stringify(network('resnet-29')))), 'cbn-lconv-bn');
  expect(countParams(spec).trainable).toBe(4_224_714);
  expect(summarize(spec).at(-1)).toMatchObject({ layer: 'dense', parameters: 10_250 });
  expect(variablePlan(spec).params[0]!.path).toBe('stem/conv/kernel');
  expect(modelSpecJsonSchema().title).toBe('ModelSpec');
});

it('avoids TensorFlow.js, which the main entry loads', async () => {
  await expect(import('@normlab/models')).rejects.toThrow();
});
