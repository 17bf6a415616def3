import { buildModel, foldNorms } from '@normlab/models';
import { normalTensor, withBackend } from '@normlab/testing';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { roundingError } from '../../models/test/support/roundingError.js';
import { exportGraphModel, type GraphModelArtifacts, type TrainedNetwork } from '../src/index.js';
import { largest, specs, usedNetwork } from './networks.js';

withBackend('wasm, one thread');

async function loaded({ model, weights }: GraphModelArtifacts) {
  // As it comes from a file.
  const { modelTopology, weightsManifest, signature } = JSON.parse(JSON.stringify(model));
  return loadGraphModel(
    tf.io.fromMemory({
      modelTopology,
      signature,
      weightSpecs: weightsManifest.flatMap(({ weights: specs }: { weights: object[] }) => specs),
      weightData: weights.slice().buffer,
    }),
  );
}

async function expectSame(network: TrainedNetwork, of: TrainedNetwork): Promise<void> {
  const x = normalTensor<tf.Rank.R4>([5, ...network.spec.input], 7);
  const graph = await loaded(await exportGraphModel(network));
  const expected = buildModel(of.spec).applyInfer(of.params, of.stats, x);
  const got = graph.predict(x) as tf.Tensor;
  expect(got.shape).toEqual(expected.shape);
  const off = tf.tidy(() => tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]!);
  expect(off).toBeLessThanOrEqual(largest * roundingError(of, x));
  tf.dispose([x, got, expected]);
  graph.dispose();
}

describe("a graph model in tfjs's own loader", () => {
  it.each(specs)('gives the logits of $title', async ({ spec }) => {
    const network = usedNetwork(spec);
    await expectSame(network, network);
    tf.dispose([network.params, network.stats]);
  });

  it('gives the same logits with norms folded', async () => {
    const network = usedNetwork(specs[0]!.spec);
    const folded = foldNorms(network.spec, network.params, network.stats);
    await expectSame(folded, network);
    tf.dispose([network.params, network.stats, folded.params]);
  });

  it('gives the logits where layers have the names of nodes', async () => {
    const norm = { type: 'norm', kind: 'batch', gain: true, bias: true, decay: 0.9, epsilon: 1e-5 } as const;
    const network = usedNetwork({
      name: 'names',
      input: [6, 6, 3],
      classes: 2,
      layers: [
        { type: 'conv', name: 'conv', channels: 4, kernel: 3, stride: 1, padding: 'same', bias: false },
        { ...norm, name: 'standardize' },
        { type: 'norm', name: 'group', kind: 'group', groups: 2, gain: true, bias: true, epsilon: 1e-5 },
        { ...norm, name: 'standardize_1' },
        { type: 'norm', name: 'groups', kind: 'group', groups: 4, gain: true, bias: true, epsilon: 1e-5 },
        { type: 'globalPool', name: 'images' },
        { type: 'dense', name: 'logits', units: 2, bias: true },
      ],
    });
    await expectSame(network, network);
    tf.dispose([network.params, network.stats]);
  });
});
