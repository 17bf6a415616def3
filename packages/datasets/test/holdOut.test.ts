import { builtIn, type Dataset, type HoldOutOptions, holdOut } from '@normlab/datasets';
import { describe, expect, it } from 'vitest';

const { train } = builtIn(1, { train: 60, test: 1 });

/** Each image as text, so that sets of images can be compared. */
function imagesOf(dataset: Dataset): string[] {
  const bytes = dataset.images.length / dataset.labels.length;
  return [...dataset.labels.keys()].map((index) =>
    Buffer.from(dataset.images.subarray(index * bytes, (index + 1) * bytes)).toString('base64'),
  );
}

function perClass({ labels, classes }: Dataset): number[] {
  return classes.map((_, label) => labels.filter((each) => each === label).length);
}

describe('holdOut', () => {
  it('splits all images in two, equally many of each class held out', () => {
    const { rest, heldOut } = holdOut(train, { count: 20, seed: 1 });
    expect(perClass(heldOut)).toEqual(new Array(10).fill(2));
    expect(perClass(rest)).toEqual(new Array(10).fill(4));
    expect([...imagesOf(rest), ...imagesOf(heldOut)].sort()).toEqual(imagesOf(train).sort());
    // Each image keeps its own label.
    const labelOf = new Map(imagesOf(train).map((image, index) => [image, train.labels[index]]));
    for (const part of [rest, heldOut]) {
      expect(imagesOf(part).map((image) => labelOf.get(image))).toEqual([...part.labels]);
    }
  });

  it('is decided by the seed', () => {
    const heldOut = (seed: number) => imagesOf(holdOut(train, { count: 20, seed }).heldOut);
    expect(heldOut(2)).toEqual(heldOut(2));
    expect(heldOut(2)).not.toEqual(heldOut(3));
  });

  it('holds out the same images on every machine: a run that is resumed must not see them', () => {
    const { heldOut } = holdOut(train, { count: 6, seed: 1 });
    const places = imagesOf(heldOut).map((image) => imagesOf(train).indexOf(image));
    expect(places).toMatchInlineSnapshot(`
      [
        0,
        24,
        31,
        45,
        52,
        53,
      ]
    `);
  });

  it('may hold out a single image, and all but one', () => {
    expect(holdOut(train, { count: 1, seed: 1 }).heldOut.labels).toHaveLength(1);
    expect(holdOut(train, { count: 59, seed: 1 }).rest.labels).toHaveLength(1);
  });

  it.each([
    [{ count: 20, sed: 1 }, 'holdOut: "sed" must be an option (did you mean "seed"?).'],
    [{ counts: 20, seed: 1 }, 'holdOut: "counts" must be an option (did you mean "count"?).'],
  ])('refuses an option that it does not have: %j', (options, message) => {
    expect(() => holdOut(train, options as unknown as HoldOutOptions)).toThrow(message);
  });

  it('refuses a seed that is none', () => {
    expect(() => holdOut(train, { count: 20, seed: -1 })).toThrow('holdOut: seed must be');
  });

  it.each([0, 1.5, 60, Number.NaN])('refuses %d of 60', (count) => {
    expect(() => holdOut(train, { count, seed: 1 })).toThrow(
      `holdOut: count must be an integer from 1 to 59, so that images are left to train on, got ${count}.`,
    );
  });
});
