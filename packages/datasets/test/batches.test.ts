import { createHash } from 'node:crypto';
import {
  type Batch,
  batches,
  centralCrop,
  crop24,
  evaluationBatches,
  type Image,
  padCropFlip,
  stepsPerEpoch,
} from '@normlab/datasets';
import { describe, expect, it } from 'vitest';
import { noiseDataset } from './fixtures.js';

const dataset = noiseDataset(50);
const augment = crop24.train;

async function collect(iterable: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of iterable) all.push(batch);
  return all;
}

/** The images of an epoch one by one, whatever the batches: label and a digest of the values. */
async function imagesOf(iterable: AsyncIterable<Batch>): Promise<string[]> {
  return (await collect(iterable)).flatMap(({ images, labels }) => {
    const length = images.length / labels.length;
    return [...labels].map((label, place) => {
      const values = images.subarray(place * length, (place + 1) * length);
      return `${label} ${createHash('sha256').update(values).digest('hex')}`;
    });
  });
}

describe('batches', () => {
  it('covers every image once, the last batch smaller', async () => {
    const all = await collect(batches(dataset, { size: 16, seed: 1, epoch: 0, augment }));
    expect(all.map(({ shape }) => shape)).toEqual([
      [16, 24, 24, 3],
      [16, 24, 24, 3],
      [16, 24, 24, 3],
      [2, 24, 24, 3],
    ]);
    const labels = all.flatMap((batch) => [...batch.labels]).sort((a, b) => a - b);
    expect(labels).toEqual([...dataset.labels].sort((a, b) => a - b));
    expect(all[0]!.images).toHaveLength(16 * 24 * 24 * 3);
  });

  it('leaves the smaller batch out with dropLast', async () => {
    const all = await collect(batches(dataset, { size: 16, seed: 1, epoch: 0, dropLast: true, augment }));
    expect(all.map(({ labels }) => labels.length)).toEqual([16, 16, 16]);
  });

  it('imagesOf(size 16) = imagesOf(size 7): the size changes the grouping only', async () => {
    const options = { seed: 4, epoch: 2, augment };
    const [a, b] = [batches(dataset, { ...options, size: 16 }), batches(dataset, { ...options, size: 7 })];
    expect(await imagesOf(a)).toEqual(await imagesOf(b));
  });

  it('batches(from: k) = batches() without the first k', async () => {
    const options = { size: 16, seed: 4, epoch: 1, augment };
    const whole = await imagesOf(batches(dataset, options));
    expect(await imagesOf(batches(dataset, { ...options, from: 2 }))).toEqual(whole.slice(32));
    expect(await imagesOf(batches(dataset, { ...options, from: 4 }))).toEqual([]);
  });

  it('gives another order and other augmentations for another epoch or seed, and the same for the same', async () => {
    const options = { size: 50, seed: 4, epoch: 1, augment };
    const iterable = batches(dataset, options);
    const one = await imagesOf(iterable);
    expect(await imagesOf(iterable)).toEqual(one);
    expect(await imagesOf(batches(dataset, options))).toEqual(one);
    const labels = one.map((image) => image[0]);
    for (const other of [{ epoch: 2 }, { seed: 5 }]) {
      const two = await imagesOf(batches(dataset, { ...options, ...other }));
      expect(two.map((image) => image[0])).not.toEqual(labels);
      // No image is augmented in the same way again.
      expect(new Set([...one, ...two]).size).toBe(100);
    }
  });

  it('gives the same bytes on every machine', async () => {
    const [batch] = await collect(batches(dataset, { size: 4, seed: 1, epoch: 3, augment }));
    expect([...batch!.labels]).toMatchInlineSnapshot(`
      [
        1,
        6,
        3,
        1,
      ]
    `);
    expect([...new Uint32Array(batch!.images.buffer, 0, 6)]).toMatchInlineSnapshot(`
      [
        1058270144,
        3174184140,
        3190922665,
        3216582063,
        1069957935,
        3210063880,
      ]
    `);
  });

  it.each([
    { size: 0 },
    { size: 1.5 },
    { epoch: -1 },
    { from: 5 },
    { from: -1 },
    { from: 0.5 },
    { seed: -1 },
    { size: 51, dropLast: true },
  ])('refuses %o before any batch is made', (wrong) => {
    const options = { size: 16, seed: 1, epoch: 0, augment, ...wrong };
    expect(() => batches(dataset, options)).toThrowErrorMatchingSnapshot();
  });

  it('refuses a data set that is inconsistent or empty', () => {
    const options = { size: 16, seed: 1, epoch: 0, augment };
    const cut = { ...dataset, images: dataset.images.subarray(1) };
    expect(() => batches(cut, options)).toThrowErrorMatchingSnapshot();
    expect(() => batches(noiseDataset(0), options)).toThrowErrorMatchingSnapshot();
    expect(() => evaluationBatches(cut, { size: 1, prepare: crop24.evaluate })).toThrow('evaluationBatches:');
  });

  it('says at the first batch that the images are too small for the pipeline', async () => {
    const small = noiseDataset(3, { side: 16 });
    await expect(collect(batches(small, { size: 2, seed: 1, epoch: 0, augment }))).rejects.toThrow(
      'randomCrop: image must have a height and a width of at least 24, got [16,16,3]',
    );
  });
});

describe('an augmentation that gives images of different shapes', () => {
  /** Crops the first images to 24×24, the others to 20×20. */
  const cropsTwoWays = (large: number) => {
    let done = 0;
    return (image: Image) => centralCrop(image, { size: done++ < large ? 24 : 20 });
  };

  it('is refused, with the image and both shapes', async () => {
    const few = noiseDataset(4);
    const random = batches(few, { size: 4, seed: 1, epoch: 0, augment: cropsTwoWays(3) });
    await expect(collect(random)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: batches: the result of augment for image 3 must have shape [24, 24, 3], as for image 1 in the same batch, got [20,20,3].]`,
    );
    const inOrder = evaluationBatches(few, { size: 4, prepare: cropsTwoWays(1) });
    await expect(collect(inOrder)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: evaluationBatches: the result of prepare for image 1 must have shape [24, 24, 3], as for image 0 in the same batch, got [20,20,3].]`,
    );
  });

  it('is refused if only height and width are exchanged, or the values are not those of the shape', async () => {
    const few = noiseDataset(2, { side: 4 });
    const values = new Float32Array(24);
    const turns = (_: Image, index?: number): Image => ({
      values,
      shape: index === 0 ? [2, 4, 3] : [4, 2, 3],
    });
    const turned = evaluationBatches(few, { size: 2, prepare: turns });
    await expect(collect(turned)).rejects.toThrow(
      'have shape [2, 4, 3], as for image 0 in the same batch, got [4,2,3]',
    );
    const cut = evaluationBatches(few, { size: 2, prepare: ({ shape }) => ({ values, shape }) });
    await expect(collect(cut)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: evaluationBatches: the result of prepare for image 0 must hold 48 values, as its shape [4, 4, 3] says, got 24.]`,
    );
  });

  it('may give another batch another shape', async () => {
    const all = await collect(evaluationBatches(noiseDataset(4), { size: 2, prepare: cropsTwoWays(2) }));
    expect(all.map(({ shape }) => shape)).toEqual([
      [2, 24, 24, 3],
      [2, 20, 20, 3],
    ]);
  });
});

describe('evaluationBatches', () => {
  it('keeps the order and leaves no image out', async () => {
    const prepare = padCropFlip({ mean: [0, 0, 0], sd: [1, 1, 1] }).evaluate;
    const all = await collect(evaluationBatches(dataset, { size: 20, prepare }));
    expect(all.map(({ labels }) => labels.length)).toEqual([20, 20, 10]);
    expect(all.flatMap(({ labels }) => [...labels])).toEqual([...dataset.labels]);
    const bytes = all.flatMap(({ images }) => [...images].map((value) => Math.round(value * 255)));
    expect(Buffer.compare(Uint8Array.from(bytes), dataset.images)).toBe(0);
  });
});

it('prepares each image once, and says which it is', async () => {
  const seen: number[] = [];
  const prepare = (image: Image, index?: number) => {
    seen.push(index ?? -1);
    return image;
  };
  await collect(evaluationBatches(noiseDataset(5, { side: 2 }), { size: 2, prepare }));
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

describe('stepsPerEpoch', () => {
  it('counts the smaller last batch unless it is dropped', () => {
    expect(stepsPerEpoch(50_000, 128)).toBe(391);
    expect(stepsPerEpoch(50_000, 128, { dropLast: true })).toBe(390);
    expect(stepsPerEpoch(128, 128)).toBe(1);
    expect(stepsPerEpoch(128, 1)).toBe(128);
  });

  it('errors name the function that was called', () => {
    expect(() => stepsPerEpoch(5, 0)).toThrow('stepsPerEpoch: size must be an integer ≥ 1, got 0.');
    expect(() => stepsPerEpoch(5, 8, { dropLast: true })).toThrow(
      'stepsPerEpoch: the data set must hold at least one whole batch of 8, got 5.',
    );
    const prepare = crop24.evaluate;
    expect(() => evaluationBatches(dataset, { size: 0, prepare })).toThrow('evaluationBatches: size must be');
    expect(() => evaluationBatches(noiseDataset(0), { size: 1, prepare })).toThrow(
      'evaluationBatches: the data set must hold at least one image, got 0.',
    );
  });
});
