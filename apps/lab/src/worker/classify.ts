import type { Pipeline } from '@normlab/datasets';
import type { Model, Variables } from '@normlab/models';
import { softmax, tensor4d, tidy } from '@tensorflow/tfjs-core';

/** An image of any size, as `ImageData` has it. */
export type Pixels = {
  /** RGBA, row by row. */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
};

export type Guess = { readonly name: string; readonly probability: number };

/** The classes of an image, the likeliest first. */
export async function classify(
  model: Model,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  pipeline: Pipeline,
  classes: readonly string[],
  { data, width, height }: Pixels,
): Promise<Guess[]> {
  const values = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[3 * pixel + channel] = data[4 * pixel + channel]!;
    }
  }
  const image = pipeline.evaluate({ values, shape: [height, width, 3] });
  const probabilities = tidy(() =>
    softmax(model.applyInfer(params, stats, tensor4d(image.values, [1, ...image.shape]))),
  );
  try {
    const found = [...(await probabilities.data())];
    return found
      .map((probability, index) => ({ name: classes[index] ?? `class ${index}`, probability }))
      .sort((a, b) => b.probability - a.probability);
  } finally {
    probabilities.dispose();
  }
}
