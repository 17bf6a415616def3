import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { builtIn, channelStatistics, crop24, type Dataset, imageAt } from '@normlab/datasets';
import { describe, expect, it } from 'vitest';

const { train, test } = builtIn(1, { train: 1000, test: 500 });

describe('builtIn', () => {
  it('holds ten classes in turn, 4 000 + 1 000 by default', () => {
    expect(train.shape).toEqual([32, 32, 3]);
    expect(train.images).toHaveLength(1000 * 3072);
    expect(train.classes).toMatchInlineSnapshot(`
      [
        "checks",
        "crescent",
        "cross",
        "disc",
        "dots",
        "ring",
        "square",
        "star",
        "stripes",
        "triangle",
      ]
    `);
    expect([...train.classes].sort()).toEqual(train.classes);
    expect([...train.labels.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
    const whole = builtIn(1);
    expect([whole.train.labels.length, whole.test.labels.length]).toEqual([4000, 1000]);
    expect(Buffer.compare(whole.test.images.subarray(0, 500 * 3072), test.images)).toBe(0);
  });

  it('gives the same bytes on every machine', () => {
    const digest = (seed: number) => {
      const { train, test } = builtIn(seed, { train: 100, test: 20 });
      return createHash('sha256').update(train.images).update(test.images).digest('hex').slice(0, 16);
    };
    expect(digest(1)).toMatchInlineSnapshot(`"d1bea01d5b074c26"`);
    expect(digest(2)).toMatchInlineSnapshot(`"91f26bbe65fa3f32"`);
  });

  it('uses no function whose last bit depends on the machine', () => {
    const folder = new URL('../src/builtIn/', import.meta.url);
    const used = readdirSync(folder).flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/Math\.(\w+)| \*\* |\.normal\(/g)].map(
        ([text, name]) => name ?? text,
      ),
    );
    expect([...new Set(used)].sort()).toEqual(['abs', 'ceil', 'floor', 'max', 'min', 'round', 'sqrt']);
  });

  it('has no image twice', () => {
    const digests = [train, test].flatMap(({ images, labels }) =>
      [...labels.keys()].map((index) =>
        createHash('sha1')
          .update(images.subarray(index * 3072, (index + 1) * 3072))
          .digest('hex'),
      ),
    );
    expect(new Set(digests).size).toBe(1500);
  });

  it('is balanced in colour: every class has the mean colour of all, within five standard errors', () => {
    const all = channelStatistics(train);
    for (let label = 0; label < 10; label++) {
      const indices = [...train.labels.keys()].filter((index) => train.labels[index] === label);
      for (let c = 0; c < 3; c++) {
        const means = indices.map((index) => {
          const { values } = imageAt(train, index);
          let sum = 0;
          for (let at = c; at < values.length; at += 3) sum += values[at]!;
          return sum / 1024 / 255;
        });
        const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
        const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / means.length;
        expect(Math.abs(mean - all.mean[c]!)).toBeLessThan(5 * Math.sqrt(variance / means.length));
      }
    }
  });

  it.each<[string, (values: Float32Array) => ArrayLike<number>]>([
    ['pixels', (values: Float32Array) => values],
    ['mean and sd of each channel', colourFeatures],
  ])('leaves a linear classifier on the %s below .25 on new images', (_, features) => {
    expect(linearAccuracy(features)).toBeLessThan(0.25);
  });

  it.each([{ train: 0 }, { test: 1.5 }, { train: 2_000_000 }])('refuses %o', (options) => {
    expect(() => builtIn(1, options)).toThrowErrorMatchingSnapshot();
  });
  it('refuses an invalid seed', () => {
    expect(() => builtIn(-1)).toThrow('seed must be an integer in [0, 2^32), got -1');
  });
});

/** Test accuracy of softmax regression, trained by plain SGD for four epochs. */
function linearAccuracy(features: (values: Float32Array) => ArrayLike<number>): number {
  const rows = ({ labels }: Dataset, dataset: Dataset) =>
    [...labels.keys()].map((index) => features(crop24.evaluate(imageAt(dataset, index)).values));
  const [seen, unseen] = [rows(train, train), rows(test, test)];
  const length = seen[0]!.length;
  const weights = Array.from({ length: 10 }, () => new Float64Array(length));
  const scores = (row: ArrayLike<number>) =>
    weights.map((weight) => {
      let sum = 0;
      for (let at = 0; at < length; at++) sum += row[at]! * weight[at]!;
      return sum;
    });
  for (let epoch = 0; epoch < 4; epoch++) {
    for (const [index, row] of seen.entries()) {
      const logits = scores(row);
      const top = Math.max(...logits);
      const exps = logits.map((logit) => Math.exp(logit - top));
      const total = exps.reduce((sum, each) => sum + each, 0);
      for (const [label, weight] of weights.entries()) {
        const step = (0.5 / length) * (exps[label]! / total - (train.labels[index] === label ? 1 : 0));
        for (let at = 0; at < length; at++) weight[at]! -= step * row[at]!;
      }
    }
  }
  const right = unseen.filter((row, index) => {
    const logits = scores(row);
    return logits.indexOf(Math.max(...logits)) === test.labels[index];
  });
  return right.length / unseen.length;
}

/** A constant, and each channel's mean and sd. */
function colourFeatures(values: Float32Array): number[] {
  const pixels = values.length / 3;
  const [sums, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const [at, value] of values.entries()) {
    sums![at % 3]! += value / pixels;
    squares![at % 3]! += (value * value) / pixels;
  }
  return [1, ...sums!, ...squares!.map((square, c) => Math.sqrt(Math.max(0, square - sums![c]! ** 2)))];
}
