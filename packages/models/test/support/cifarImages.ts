import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dataset, imageAt, type Pipeline } from '@normlab/datasets';
import { imageFolder } from '@normlab/datasets/node';
import * as tf from '@tensorflow/tfjs-core';

const archive = fileURLToPath(new URL('../../../../../shared/data/cifar10-images.tar.xz', import.meta.url));

/** Whether real images are available: shared/data beside the checkout, and a tar that reads xz. */
export const hasImages = existsSync(archive) && spawnSync('xz', ['--version']).status === 0;

/** A hundred real images of each of CIFAR-10's classes, from its test set. */
export async function thousandImages(): Promise<Dataset> {
  const folder = mkdtempSync(join(tmpdir(), 'normlab-images-'));
  try {
    const names = ['test/*/00*.jpg', 'train/*/0000.jpg'];
    const unpacked = spawnSync('tar', ['-xJf', archive, '-C', folder, '--wildcards', ...names]);
    if (unpacked.status !== 0) throw new Error(`tar failed: ${unpacked.stderr}`);
    return (await imageFolder(folder, { cache: false })).test;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Some images as a pipeline prepares them for evaluation; the caller disposes x. */
export function prepared(
  images: Dataset,
  pipeline: Pipeline,
  indices: readonly number[],
): { x: tf.Tensor4D; labels: number[] } {
  const each = indices.map((index) => pipeline.evaluate(imageAt(images, index)));
  const [height, width, channels] = each[0]!.shape;
  const pixels = new Float32Array(indices.length * height * width * channels);
  each.forEach(({ values }, index) => {
    pixels.set(values, index * values.length);
  });
  const x = tf.tensor4d(pixels, [indices.length, height, width, channels]);
  return { x, labels: indices.map((index) => images.labels[index]!) };
}
