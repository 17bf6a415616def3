import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crop24, padCropFlip } from '@normlab/datasets';
import { allCnn, buildModel, foldNorms, resnet } from '@normlab/models';
import { normalTensor, temporaryFolder, uniformArray, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { roundingError } from '../../models/test/support/roundingError.js';
import { exportOnnx, type ImageInput, type TrainedNetwork } from '../src/index.js';
import { largest, specs, usedNetwork } from './networks.js';

/** A Python that has the packages onnx and onnxruntime; `.ci/run` sets one up. */
const python = process.env.ONNX_PYTHON;
const script = fileURLToPath(new URL('runOnnx.py', import.meta.url));

withBackend('wasm, one thread');

type Case = {
  readonly network: TrainedNetwork;
  /** What the file is given, channels last. */
  readonly images: tf.Tensor4D;
  readonly expected: readonly number[];
  readonly bound: number;
  readonly options?: { readonly images?: ImageInput; readonly classes?: readonly string[] };
};

type Result = {
  readonly logits: readonly number[];
  readonly input: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
};

async function run(cases: Readonly<Record<string, Case>>): Promise<Record<string, Result>> {
  const folder = await temporaryFolder();
  for (const [name, { network, images, options }] of Object.entries(cases)) {
    const input = tf.transpose(images, [0, 3, 1, 2]);
    writeFileSync(join(folder, `${name}.onnx`), await exportOnnx(network, options));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(input.shape));
    writeFileSync(join(folder, `${name}.bin`), Buffer.from((await input.data()).slice().buffer));
    input.dispose();
  }
  const { stdout, stderr, status } = spawnSync(python!, [script, folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

function caseOf(network: TrainedNetwork, of = network): Case {
  const images = normalTensor<tf.Rank.R4>(
    [1000, ...network.spec.input] as [number, number, number, number],
    7,
  );
  const logits = buildModel(of.spec).applyInfer(of.params, of.stats, images);
  return { network, images, expected: [...logits.dataSync()], bound: largest * roundingError(of, images) };
}

function expectSame(results: Record<string, Result>, cases: Readonly<Record<string, Case>>): void {
  for (const [name, { expected, bound }] of Object.entries(cases)) {
    const { logits } = results[name]!;
    const off = Math.max(...expected.map((value, index) => Math.abs(value - logits[index]!)));
    expect(logits, name).toHaveLength(expected.length);
    expect(off, name).toBeLessThanOrEqual(bound);
  }
}

describe.skipIf(python === undefined)('an ONNX file in onnxruntime', () => {
  it('passes the checker and gives the logits of every network, with norms as they are and folded', async () => {
    const cases = Object.fromEntries(
      specs.flatMap(({ title, spec }) => {
        const network = usedNetwork(spec);
        const name = title.replace(/[^A-Za-z0-9]+/g, '-');
        const whole = [name, caseOf(network)] as const;
        // Only batch norm can be folded.
        if (/"kind":"(layer|instance|group|rms)"/.test(JSON.stringify(spec))) return [whole];
        const folded = foldNorms(spec, network.params, network.stats);
        return [whole, [`${name}-folded`, caseOf(folded, network)] as const];
      }),
    );
    expectSame(await run(cases), cases);
  }, 900_000);

  it('prepares images of 0 to 255 as the pipelines do, and carries the names of the classes', async () => {
    const statistics = { mean: [0.49, 0.48, 0.45], sd: [0.25, 0.24, 0.26] } as const;
    const prepare = [
      { spec: allCnn({ width: 1 / 16, norm: 'bn' }), pipeline: crop24, normalize: 'image' },
      {
        spec: resnet({ width: 1 / 16, norm: 'bn' }),
        pipeline: padCropFlip(statistics),
        normalize: statistics,
      },
    ] as const;
    const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const cases = Object.fromEntries(
      prepare.map(({ spec, pipeline, normalize }): [string, Case] => {
        const network = usedNetwork(spec);
        const shape = [32, 32, 3] as const;
        const { values } = uniformArray([4, ...shape], 3, 0, 255);
        const pixels = Float32Array.from(values, Math.round);
        const size = 32 * 32 * 3;
        const prepared = [0, 1, 2, 3].map((index) =>
          pipeline.evaluate({ values: pixels.slice(index * size, (index + 1) * size), shape }),
        );
        const input = tf.tensor4d(Float32Array.from(prepared.flatMap(({ values: each }) => [...each])), [
          4,
          ...prepared[0]!.shape,
        ]);
        const logits = buildModel(spec).applyInfer(network.params, network.stats, input);
        const options = { images: { shape, normalize }, classes };
        const images = tf.tensor4d(pixels, [4, ...shape]);
        const bound = largest * roundingError(network, input);
        return [pipeline.name, { network, images, expected: [...logits.dataSync()], bound, options }];
      }),
    );
    const results = await run(cases);
    expectSame(results, cases);
    for (const { input, metadata } of Object.values(results)) {
      expect(input).toEqual(['batch', '3', '32', '32']);
      expect(JSON.parse(metadata.classes!)).toEqual(classes);
    }
  }, 900_000);
});
