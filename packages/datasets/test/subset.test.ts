import { builtIn, subset } from '@normlab/datasets';
import { describe, expect, it } from 'vitest';

describe('subset', () => {
  const { train } = builtIn(1, { train: 40, test: 1 });

  it('takes the first images of each class', () => {
    const few = subset(train, 20);
    expect([...few.labels]).toEqual([...train.labels.subarray(0, 20)]);
    expect(few.images).toEqual(train.images.subarray(0, 20 * 3072));
  });

  it('keeps all classes of a data set that is sorted by class', () => {
    const order = [...train.labels.keys()].sort((a, b) => train.labels[a]! - train.labels[b]!);
    const sorted = {
      ...train,
      labels: Uint8Array.from(order, (index) => train.labels[index]!),
      images: new Uint8Array(order.flatMap((i) => [...train.images.subarray(i * 3072, (i + 1) * 3072)])),
    };
    const few = subset(sorted, 12);
    expect([...few.labels]).toEqual([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The images of class 1 in their original order: those at 1 and 11.
    expect(few.images.subarray(2 * 3072, 3 * 3072)).toEqual(train.images.subarray(3072, 2 * 3072));
    expect(few.images.subarray(3 * 3072, 4 * 3072)).toEqual(train.images.subarray(11 * 3072, 12 * 3072));
  });

  it('of classes that cannot all have one more image, those with the lowest numbers do', () => {
    const images = Uint8Array.from({ length: 6 * 3 }, (_, at) => at);
    const labels = Uint8Array.of(2, 1, 0, 2, 1, 0);
    const few = subset({ images, labels, shape: [1, 1, 3], classes: ['a', 'b', 'c'] }, 4);
    expect([...few.labels]).toEqual([2, 1, 0, 0]);
    expect([...few.images]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17]);
  });

  it('may be a single image', () => {
    expect([...subset(train, 1).labels]).toEqual([0]);
  });

  it('returns the data set itself if that is no larger', () => {
    expect(subset(train, 40)).toBe(train);
    expect(subset(train, 41)).toBe(train);
  });

  it('the built-in set of n images = the first n of a larger one, all classes alike', () => {
    expect(builtIn(1, { train: 20, test: 1 }).train).toEqual(subset(train, 20));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d', (count) => {
    expect(() => subset(train, count)).toThrow(`subset: count must be an integer ≥ 1, got ${count}.`);
  });
});
