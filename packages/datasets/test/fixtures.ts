import type { Dataset, Image, SplitDataset } from '@normlab/datasets';
import { randomStream } from '@normlab/random';

/** An image of random bytes; `saturation` 0 makes it grey. */
export function noiseImage(seed: number, height = 32, width = 32, saturation = 1): Image {
  const stream = randomStream(seed);
  const values = new Float32Array(height * width * 3);
  for (let at = 0; at < values.length; at += 3) {
    const grey = stream.integer(256);
    for (let c = 0; c < 3; c++) values[at + c] = saturation === 0 ? grey : stream.integer(256);
  }
  return { values, shape: [height, width, 3] };
}

/** Images of random bytes, labels 0 … classes − 1 in turn. */
export function noiseDataset(count: number, { side = 32, classes = 10, seed = 1 } = {}): Dataset {
  const stream = randomStream(seed);
  return {
    images: Uint8Array.from({ length: count * side * side * 3 }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, (_, index) => index % classes),
    shape: [side, side, 3],
    classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
  };
}

export function noiseSplit(train: number, test: number): SplitDataset {
  return { train: noiseDataset(train, { seed: 1 }), test: noiseDataset(test, { seed: 2 }) };
}
