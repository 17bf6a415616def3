import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '@normlab/datasets';
import { parseSpec, variablePlan } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { decodeSafetensors } from '@normlab/train';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImagePrediction } from '../../src/commands/predict.js';
import { callNormlab } from './callNormlab.js';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

withBackend('cpu');

const folder = temporaryFolder();
const images = { train: 20, test: 20 };

beforeAll(async () => {
  await normlab(['train', ...narrow, '--steps', '3', '--out', 'crop'], folder);
  await normlab(
    ['train', ...narrow, '--pipeline', 'pad-crop-flip', '--steps', '3', '--keep-best', '--out', 'pad'],
    folder,
  );
});

/** Probabilities of the built-in test images by a graph model. */
async function graphProbabilities(path: string, x: tf.Tensor4D): Promise<number[][]> {
  const model = JSON.parse(readFileSync(join(folder, path, 'model.json'), 'utf8'));
  const graph = await loadGraphModel(
    tf.io.fromMemory({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest[0].weights,
      weightData: new Uint8Array(readFileSync(join(folder, path, 'weights.bin'))).buffer,
    }),
  );
  const rows = await (tf.softmax(graph.predict(x) as tf.Tensor2D).array() as Promise<number[][]>);
  graph.dispose();
  return rows;
}

async function writeImages(): Promise<{ files: string[]; pixels: tf.Tensor4D }> {
  const { test } = builtIn(1, images);
  const [height, width] = test.shape;
  const size = height * width * 3;
  const files = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const file = `image${index}.png`;
      const raw = { width, height, channels: 3 as const };
      const data = test.images.slice(index * size, (index + 1) * size);
      await sharp(data, { raw }).png().toFile(join(folder, file));
      return file;
    }),
  );
  return {
    files,
    pixels: tf.tensor4d(Float32Array.from(test.images.slice(0, 3 * size)), [3, height, width, 3]),
  };
}

describe('normlab predict and normlab export', () => {
  it.each(['crop', 'pad'])(
    'say the same of images as they come, by the run itself and by its graph model: pipeline %s',
    async (run) => {
      const { files, pixels } = await writeImages();
      const { stdout } = await normlab(['predict', run, ...files, '--json', '--top', '2'], folder);
      const { predictions }: { predictions: ImagePrediction[] } = JSON.parse(stdout);
      const written = await normlab(['export', run, '--format', 'tfjs', '--pixels', '--fold'], folder);
      expect(written.stdout.trim().split('\n')).toEqual([
        `${run}/tfjs/weights.bin`,
        `${run}/tfjs/model.json`,
      ]);
      const rows = await graphProbabilities(`${run}/tfjs`, pixels);
      const { classes } = builtIn(1, images).test;
      predictions.forEach(({ image, top }, index) => {
        expect(image).toBe(files[index]);
        expect(top).toHaveLength(2);
        const likeliest = rows[index]!.map((probability, label) => ({
          class: classes[label]!,
          probability,
        })).sort((a, b) => b.probability - a.probability);
        // Folded norms round differently: float32 keeps six digits, of which two may be lost.
        top.forEach((each, place) => {
          expect(each.class).toBe(likeliest[place]!.class);
          expect(each.probability).toBeCloseTo(likeliest[place]!.probability, 4);
        });
      });
    },
  );

  it('predict scales images of other sizes, and says the size that they had', async () => {
    const { files } = await writeImages();
    const large = sharp(join(folder, files[0]!)).resize({ width: 640, height: 320, fit: 'cover' });
    await large.jpeg().toFile(join(folder, 'large.jpg'));
    const { stdout } = await normlab(['predict', 'crop', 'large.jpg', '--json'], folder);
    const { predictions }: { predictions: ImagePrediction[] } = JSON.parse(stdout);
    expect(predictions).toMatchObject([{ image: 'large.jpg', shape: [320, 640, 3] }]);
    expect(predictions[0]!.top).toHaveLength(3);
  });

  it('safetensors hold every variable by its path, with the spec and the classes', async () => {
    await normlab(['export', 'crop', '--format', 'safetensors', '--out', 'some/network.safetensors'], folder);
    const bytes = new Uint8Array(readFileSync(join(folder, 'some/network.safetensors')));
    const { entries, metadata } = decodeSafetensors(bytes, 'network.safetensors');
    const { params, stats } = variablePlan(parseSpec(JSON.parse(metadata.spec!)));
    const planned = [...params, ...stats].map(({ path, shape }) => [path, shape]);
    expect(
      Object.entries(entries)
        .map(([path, { shape }]) => [path, shape])
        .sort(),
    ).toEqual(planned.sort());
    expect(JSON.parse(metadata.classes!)).toEqual(builtIn(1, images).test.classes);
  });

  it('onnx is the default, of the best checkpoint if asked for one that was kept', async () => {
    const { stdout } = await normlab(['export', 'pad', '--best', '--json'], folder);
    expect(JSON.parse(stdout)).toMatchObject({ run: 'pad', format: 'onnx', files: ['pad/network.onnx'] });
    const refused = await normlab(['export', 'crop', '--best'], folder);
    expect(refused).toMatchObject({
      status: 2,
      stderr: 'normlab export: --best must be left out for a run without --keep-best, got true.\n',
    });
  });

  it('export takes the place of the data only where it reads them', async () => {
    const complaint = async (...args: string[]) =>
      (await callNormlab(['export', ...args, '--data', 'nowhere'], folder)).stderr;
    expect([await complaint('pad'), await complaint('pad', '--pixels')]).toEqual([
      'normlab export: --data must go with --pixels.\n',
      'normlab export: --data must go with --dataset cifar10, cifar100 or images.\n',
    ]);
    const config = join(folder, 'crop', 'config.json');
    const built = readFileSync(config, 'utf8');
    writeFileSync(config, built.replace('"dataset": "built-in"', '"dataset": "cifar10"'));
    expect(await complaint('crop', '--pixels')).toBe(
      'normlab export: --data must go with --pipeline pad-crop-flip or plain.\n',
    );
    writeFileSync(config, built);
  });

  it('predict refuses what is not an image, and a run without images', async () => {
    const refused = await normlab(['predict', 'crop', 'crop/config.json'], folder);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('must begin like a JPEG');
    expect((await normlab(['predict', 'crop'], folder)).status).toBe(2);
  });
});
