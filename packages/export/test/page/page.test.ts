import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCnn, buildModel, foldNorms, nin, resnet } from '@normlab/models';
import { bundleWithVite, openChromium, openPage, servePages } from '@normlab/pages';
import { normalTensor, temporaryFolder, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { roundingError } from '../../../models/test/support/roundingError.js';
import { exportGraphModel, type TrainedNetwork } from '../../src/index.js';
import { largest, usedNetwork } from '../networks.js';

withBackend('wasm, one thread');

const width = 1 / 16;
const used = {
  'ALL-CNN': usedNetworkOf(allCnn({ width, norm: 'cbn-lconv-nobn', activation: 'prelu' })),
  NIN: usedNetworkOf(nin({ width, norm: 'cbn-all' })),
  'ResNet-29-folded': () => {
    const network = usedNetwork(resnet({ width, norm: 'bn' }));
    return foldNorms(network.spec, network.params, network.stats);
  },
};

function usedNetworkOf(spec: TrainedNetwork['spec']): () => TrainedNetwork {
  return () => usedNetwork(spec);
}

it('a page with TensorFlow.js alone loads graph models from their files, and gives their logits', async (test) => {
  const chromium = await openChromium();
  if (!('browser' in chromium)) return test.skip(`SKIPPED: ${chromium.reason}`);
  const folder = await temporaryFolder();
  const server = await servePages(folder);
  try {
    const app = fileURLToPath(new URL('./app/', import.meta.url));
    expect(await bundleWithVite(app, 'page.html', folder)).toEqual({ warnings: [] });
    const page = await openPage(chromium.browser, `${server.origin}/plain/page.html`);
    for (const [name, make] of Object.entries(used)) {
      const network = make();
      const { model, weights } = await exportGraphModel(network);
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'model.json'), JSON.stringify(model));
      await writeFile(join(folder, name, 'weights.bin'), weights);

      const shape = [5, ...network.spec.input] as const;
      const images = normalTensor<tf.Rank.R4>([...shape], 7);
      const { backend, logits } = await page.call<{ backend: string; logits: number[] }>('predict', {
        model: `${server.origin}/plain/${name}/model.json`,
        images: [...images.dataSync()],
        shape,
      });
      expect(backend).toBe('cpu');
      const { spec, params, stats } = network;
      const expected = [...buildModel(spec).applyInfer(params, stats, images).dataSync()];
      expect(logits).toHaveLength(expected.length);
      const off = Math.max(...expected.map((value, index) => Math.abs(value - logits[index]!)));
      expect(off, name).toBeLessThanOrEqual(largest * roundingError(network, images));
      expect(off, name).toBeLessThan(0.01 * Math.max(...expected.map(Math.abs)));
      tf.dispose([images, params, stats]);
    }
    expect(page.complaints).toEqual([]);
    await page.close();
  } finally {
    await server.close();
    await chromium.close();
  }
});
