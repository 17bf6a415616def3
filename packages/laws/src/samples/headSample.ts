import { deriveSeed, randomStream } from '@normlab/random';
import { sizeOf, type Values } from '../values.js';

/** A last layer's output that is nearly optimal: large in the right class, small elsewhere. */
export type HeadSample = {
  /** N */
  readonly batch: number;
  /** H = W */
  readonly size: number;
  /** K */
  readonly classes: number;
  /** Size of the value that marks the right class. */
  readonly margin: number;
  /** Standard deviation of the added noise, in units of the margin; 0 reaches the law's bound. */
  readonly noise: number;
  readonly epsilon: number;
  readonly seed: number;
};

/** z [N, H, W, K] and labels; marks are `margin` in the right class and `other` elsewhere. */
export function headOf(
  { batch, size, classes, margin, noise, seed }: HeadSample,
  other: number,
): { readonly z: Values; readonly labels: readonly number[] } {
  const stream = randomStream(deriveSeed(seed, 'head'));
  const labels = Array.from({ length: batch }, () => stream.integer(classes));
  const shape = [batch, size, size, classes];
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, index) => {
    const right = labels[Math.floor(index / (size * size * classes))] === index % classes;
    return (right ? margin : other) + noise * margin * stream.normal();
  });
  return { z: { data, shape }, labels };
}
