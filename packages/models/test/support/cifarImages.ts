import { type Dataset, imageAt, type Pipeline } from '@normlab/datasets';
import { imageFolder } from '@normlab/datasets/node';
import { temporaryFolder, unpackRealImages } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';

/** A hundred real images of each of CIFAR-10's classes, from its test set. */
export async function thousandImages(): Promise<Dataset> {
  const folder = await temporaryFolder();
  unpackRealImages(folder, ['test/*/00*.jpg', 'train/*/0000.jpg']);
  return (await imageFolder(folder, { cache: false })).test;
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
