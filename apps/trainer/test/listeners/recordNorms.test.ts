import type { Recording } from '@normlab/experiments';
import { allCnn, buildModel } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { initState, sgd } from '@normlab/train';
import { expect, it } from 'vitest';
import { recordNorms } from '../../src/listeners/recordNorms.js';

withBackend('cpu');

it.each([
  ['bn', 18],
  ['cbn-all', 0],
] as const)('%s: weight norm’s lengths are not gains of norms', async (norm, count) => {
  const model = buildModel(allCnn({ width: 0.05, norm, convWeights: 'weight-norm' }));
  const state = initState(model, sgd({ learningRate: 0.1 }), 1);
  expect(Object.keys(state.params)).toContain('conv1/scale');
  const lines: Recording[] = [];
  const file = { last: () => 0, write: (more: readonly Recording[]) => void lines.push(...more) };
  await recordNorms(file, model.spec)({ type: 'checkpoint', step: 1, epoch: 0, state });
  expect(lines).toHaveLength(count);
  for (const line of lines)
    expect(line).toMatchObject({ layer: expect.stringMatching(/^norm\d$/), drift: 0 });
});
