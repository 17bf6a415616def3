import { deriveSeed, permutation, randomStream } from '@normlab/random';
import type { Batch } from '@normlab/train';

const pixels = 4 * 4 * 2;

/** 24 images of [4, 4, 2] in 3 classes (rows, columns, checkers), in seeded order. */
export function toyBatches({
  size = 6,
  seed = 1,
}: {
  size?: number;
  seed?: number;
} = {}): (epoch: number, from: number) => AsyncIterable<Batch> {
  const count = 24;
  const noise = randomStream(deriveSeed(seed, 'noise'));
  const labels = Int32Array.from({ length: count }, (_, index) => index % 3);
  const images = Float32Array.from({ length: count * pixels }, (_, index) => {
    const label = labels[Math.floor(index / pixels)];
    const row = Math.floor((index % pixels) / 8);
    const column = Math.floor((index % 8) / 2);
    const bright = label === 0 ? row : label === 1 ? column : row + column;
    return (bright % 2) + 0.2 * noise.normal();
  });
  return async function* (epoch, from) {
    const order = permutation(count, randomStream(deriveSeed(seed, 'order', epoch)));
    for (let step = from; step < count / size; step++) {
      const chosen = order.subarray(step * size, (step + 1) * size);
      const batch = new Float32Array(size * pixels);
      chosen.forEach((index, place) => {
        batch.set(images.subarray(index * pixels, (index + 1) * pixels), place * pixels);
      });
      yield {
        images: batch,
        labels: Int32Array.from(chosen, (index) => labels[index]!),
        shape: [size, 4, 4, 2],
      };
    }
  };
}
