import { buildModel, type ModelSpec, network, resnet } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { dispose } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { modelChoices } from '../src/runSettings.js';
import { invariantKernels } from '../src/worker/invariantKernels.js';

withBackend('cpu');

const width = 1 / 16;
const postActivation = resnet({ width, block: 'post-activation', shortcut: 'projection' });

describe.each<[string, ModelSpec]>([
  ...modelChoices.map((name): [string, ModelSpec] => [name, network(name, { width })]),
  ['projections before activations', resnet({ width, shortcut: 'projection' })],
  ['projections with norms', postActivation],
])('%s', (_, spec) => {
  it('its invariant kernels are parameters of the network', () => {
    const paths = invariantKernels(spec);
    expect(paths.length).toBeGreaterThan(0);
    const { params, stats } = buildModel(spec).init(1);
    expect(Object.keys(params)).toEqual(expect.arrayContaining(paths));
    dispose([params, stats]);
  });
});

it('the kernel of a projection with a norm is one of them, under the name that the network gives it', () => {
  const paths = invariantKernels(postActivation);
  expect(paths).toContain('stage1/block1/shortcut/conv/kernel');
  expect(paths).toContain('stage1/block1/conv1/kernel');
});
