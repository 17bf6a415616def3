import { builtIn, type SplitDataset } from '@normlab/datasets';

/** The seed with which `normlab train` draws the built-in images. */
const seed = 1;

/** Training and test images of a run, unless it has fewer. */
export const trainCount = 4000;
const testCount = 1000;

let drawn: { readonly train: number; readonly test: number; readonly images: SplitDataset } | undefined;

/** The built-in images in the sizes of `normlab train`; they are drawn once, which takes a second or two. */
export function builtInImages(train = trainCount, test = testCount): SplitDataset {
  if (drawn?.train !== train || drawn.test !== test) {
    drawn = { train, test, images: builtIn(seed, { train, test }) };
  }
  return drawn.images;
}

/** Their first training images, for a gradient before all are drawn. */
export function firstImages(count: number): SplitDataset {
  return builtIn(seed, { train: count, test: 1 });
}
