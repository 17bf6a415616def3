import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChromium, openPage, servePages } from '@normlab/pages';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/** Trains a network on two threads, reports on it, and writes it for other programs. */
const program = `
import { openBackend } from '@normlab/backends';
import { crop24, evaluationBatches, builtIn } from '@normlab/datasets';
import { summarize } from '@normlab/experiments';
import { exportGraphModel, exportOnnx } from '@normlab/export';
import { allCnn, buildModel, parseSpec } from '@normlab/models';
import { fileVersion, histogram, scalars } from '@normlab/tensorboard';
import { crossEntropy, encodeCheckpoint, initState, sgd, trainStep } from '@normlab/train';

globalThis.perform = async () => {
  const backend = await openBackend('wasm', { threads: 2 });
  const spec = parseSpec(allCnn({ width: 0.05 }));
  const model = buildModel(spec);
  const optimizer = sgd({ learningRate: 0.1 });
  const { train } = builtIn(1, { train: 8, test: 2 });
  const batches = evaluationBatches(train, { size: 8, prepare: crop24.evaluate });
  const step = trainStep(model, optimizer, crossEntropy);
  let result;
  for await (const batch of batches) result = await step(initState(model, optimizer, 1), batch);
  const { params, stats } = result.state;
  const sizes = [
    await exportOnnx({ spec, params, stats }),
    await encodeCheckpoint(result.state, { spec, seed: 1 }),
    fileVersion(1),
    scalars({ loss: result.loss }, { step: 1, wallTime: 1 }),
    histogram('gain', { edges: [0, 1], counts: [2] }, { step: 1, wallTime: 1 }),
  ].map((bytes) => bytes.size ?? bytes.length ?? Object.keys(bytes).length);
  await exportGraphModel({ spec, params, stats });
  const { mean } = summarize([1, 2]);
  const { description } = backend;
  await backend.close();
  return { description, isFinite: Number.isFinite(result.loss), isWritten: sizes.every((size) => size > 0), mean };
};
globalThis.ready = true;
`;

it('everything but files works in a page whose policy forbids code from strings', async (test) => {
  const chromium = await openChromium();
  if (!('browser' in chromium)) return test.skip(`SKIPPED: ${chromium.reason}`);
  const folder = await mkdtemp(join(tmpdir(), 'normlab-policy-'));
  const server = await servePages(folder);
  try {
    await build({
      stdin: { contents: program, resolveDir: packages },
      ...{ bundle: true, splitting: true, format: 'esm', platform: 'browser', target: 'es2022' },
      ...{ outdir: folder, logLevel: 'silent' },
    });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><script type="module" src="./stdin.js"></script>',
    );
    const page = await openPage(chromium.browser, `${server.origin}/strict/index.html`);
    expect(await page.call('perform', undefined)).toMatchObject({
      description: expect.stringMatching(/^wasm: 2 threads/),
      ...{ isFinite: true, isWritten: true, mean: 1.5 },
    });
    expect(page.complaints).toEqual([]);
  } finally {
    await server.close();
    await chromium.close();
    await rm(folder, { recursive: true, force: true });
  }
});
