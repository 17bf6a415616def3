import { encodeCifar10, parseCifar10, parseCifar100 } from '@normlab/datasets';
import { describe, expect, it } from 'vitest';
import { cifar10Layout } from '../src/cifar/cifarLayout.js';
import { decodeRecords } from '../src/cifar/parseCifar.js';
import { noiseDataset } from './fixtures.js';

/** One record: these label bytes, then red 1, green 2, blue 3, with the first pixel marked 11 12 13. */
function record(...labels: number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length + 3072);
  bytes.set(labels);
  for (let c = 0; c < 3; c++) bytes.fill(c + 1, labels.length + c * 1024, labels.length + (c + 1) * 1024);
  for (let c = 0; c < 3; c++) bytes[labels.length + c * 1024] = 11 + c;
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('parseCifar10', () => {
  it('turns planes into channels-last pixels', () => {
    const { images, labels, shape, classes } = parseCifar10(join(record(6), record(9)));
    expect([...labels]).toEqual([6, 9]);
    expect(shape).toEqual([32, 32, 3]);
    expect(classes).toHaveLength(10);
    expect(images).toHaveLength(2 * 3072);
    expect([...images.subarray(0, 6)]).toEqual([11, 12, 13, 1, 2, 3]);
    expect([...images.subarray(3072, 3075)]).toEqual([11, 12, 13]);
  });

  it('parseCifar10(encodeCifar10(d)) = d', () => {
    const dataset = noiseDataset(12);
    const { images, labels } = parseCifar10(encodeCifar10(dataset));
    expect(Buffer.compare(images, dataset.images)).toBe(0);
    expect(labels).toEqual(dataset.labels);
    expect(parseCifar10(encodeCifar10(dataset, 3, 5)).images).toEqual(
      dataset.images.subarray(3 * 3072, 5 * 3072),
    );
  });

  it('names the faulty byte', () => {
    const file = 'test_batch.bin';
    const cut = join(record(1), record(2)).subarray(0, 5000);
    expect(() => parseCifar10(cut, { file })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: parseCifar10: the length of test_batch.bin must be a multiple of 3073 bytes (one record), and not 0, got 5000 (the last whole record ends at byte 3073).]`,
    );
    expect(() => parseCifar10(cut)).toThrow(
      'parseCifar10: the length of the data must be a multiple of 3073',
    );
    expect(() => parseCifar10(new Uint8Array(0), { file })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: parseCifar10: the length of test_batch.bin must be a multiple of 3073 bytes (one record), and not 0, got 0 (the last whole record ends at byte 0).]`,
    );
    expect(() => parseCifar10(join(record(1), record(10)), { file })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: parseCifar10: the label at byte 3073 of test_batch.bin must be below 10, got 10 (the file is damaged or belongs to another data set).]`,
    );
    expect(() => parseCifar10(join(record(1), record(10)))).toThrow(
      expect.objectContaining({ byteOffset: 3073 }),
    );
  });
});

describe('parseCifar100', () => {
  it('takes the fine label, or the coarse one', () => {
    const bytes = join(record(19, 99), record(0, 42));
    expect([...parseCifar100(bytes).labels]).toEqual([99, 42]);
    expect([...parseCifar100(bytes, { labels: 'coarse' }).labels]).toEqual([19, 0]);
    expect([...parseCifar100(bytes).images.subarray(0, 4)]).toEqual([11, 12, 13, 1]);
  });

  it('knows a hundred classes and twenty superclasses, each in alphabetical order', () => {
    const fine = parseCifar100(record(0, 0)).classes;
    const coarse = parseCifar100(record(0, 0), { labels: 'coarse' }).classes;
    expect([new Set(fine).size, new Set(coarse).size]).toEqual([100, 20]);
    expect([...fine].sort()).toEqual(fine);
    expect([...coarse].sort()).toEqual(coarse);
  });

  it('knows no other labels', () => {
    const labels = JSON.parse('"medium"');
    expect(() => parseCifar100(record(0, 0), { labels })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: parseCifar100: labels must be "fine" or "coarse", got "medium".]`,
    );
  });

  it('checks both labels, whichever is taken', () => {
    expect(() => parseCifar100(record(20, 5))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: parseCifar100: the coarse label at byte 0 of the data must be below 20, got 20 (the file is damaged or belongs to another data set).]`,
    );
    expect(() => parseCifar100(record(5, 100), { labels: 'coarse' })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: parseCifar100: the fine label at byte 1 of the data must be below 100, got 100 (the file is damaged or belongs to another data set).]`,
    );
  });
});

describe('decodeRecords', () => {
  it('writes whole records from an image on, and nothing after them', () => {
    const target = { images: new Uint8Array(4 * 3072).fill(77), labels: new Uint8Array(4).fill(77) };
    const bytes = join(record(6), record(9));
    expect(decodeRecords('test', bytes, cifar10Layout, 0, 'a file', target, 1)).toBe(3);
    expect([...target.labels]).toEqual([77, 6, 9, 77]);
    const pixels = [0, 3071, 3072, 3 * 3072 - 1, 3 * 3072, 4 * 3072 - 1];
    expect(pixels.map((at) => target.images[at])).toEqual([77, 77, 11, 3, 77, 77]);
  });

  it('errors say at which byte', () => {
    const cut = join(record(1), record(2)).subarray(0, 5000);
    expect(() => parseCifar10(cut)).toThrow(expect.objectContaining({ byteOffset: 3073 }));
    expect(() => parseCifar100(join(record(0, 1), record(0, 100)))).toThrow(
      expect.objectContaining({ byteOffset: 3075 }),
    );
  });
});

describe('encodeCifar10', () => {
  it('refuses what the layout cannot hold', () => {
    expect(() => encodeCifar10(noiseDataset(2, { side: 24 }))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: encodeCifar10: images must have shape [32, 32, 3], the only one in CIFAR-10's layout, got [24,24,3].]`,
    );
    expect(() => encodeCifar10(noiseDataset(2, { classes: 7 }))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: encodeCifar10: the data set must have 10 classes, as CIFAR-10's layout has, got 7.]`,
    );
    const dataset = noiseDataset(2);
    const labels = Uint8Array.of(9, 10);
    expect(() => encodeCifar10({ ...dataset, labels })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: encodeCifar10: the label of image 1 must be below 10, got 10.]`,
    );
    const images = dataset.images.subarray(1);
    expect(() => encodeCifar10({ ...dataset, images })).toThrow('encodeCifar10: images must hold 6144 bytes');
  });

  it('refuses a range beyond the data set: it would make up images', () => {
    const dataset = noiseDataset(5);
    expect(() => encodeCifar10(dataset, 3, 6)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: encodeCifar10: to must be an integer in [3, 5], got 6.]`,
    );
    expect(() => encodeCifar10(dataset, -1, 2)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: encodeCifar10: from must be an integer in [0, 5], got -1.]`,
    );
    expect(() => encodeCifar10(dataset, 3, 2)).toThrow(
      'encodeCifar10: to must be an integer in [3, 5], got 2.',
    );
    expect(encodeCifar10(dataset, 5)).toHaveLength(0);
    expect(encodeCifar10(dataset, 0, 5)).toEqual(encodeCifar10(dataset));
  });
});
