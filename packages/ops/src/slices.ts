import { gather, mean, mul, ones, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * A shape seen as slices over some of its axes: statistics are averages over a slice, and are broadcast over it.
 *
 * Neighbouring axes of the same kind (reduced or kept) are merged, so that [N, H, W, C] over 0, 1, 2 becomes [M, C]
 * over 0. "Opened" tensors have this merged shape; statistics have it with 1 for the reduced axes.
 */
export type Slices = {
  /** The original shape without the reduced axes. */
  readonly keptShape: number[];
  /** x in the merged shape, for the other functions. */
  open(x: Tensor): Tensor;
  /** One element of each slice of x, as a statistic. */
  first(x: Tensor): Tensor;
  /** The mean of each slice of an opened tensor, as a statistic. */
  mean(opened: Tensor): Tensor;
  /** A tensor of the kept shape, as a statistic. */
  statistic(kept: Tensor): Tensor;
  /** A statistic in a shape that broadcasts over opened tensors. */
  spread(statistic: Tensor): Tensor;
};

/** The slices of a shape over non-negative axes in ascending order. */
export function slicesOf(shape: readonly number[], axes: readonly number[]): Slices {
  const runs = runsOf(shape, axes);
  const merged = runs.map(({ size }) => size);
  const mergedAxes = runs.flatMap(({ reduced }, axis) => (reduced ? [axis] : []));
  const statShape = runs.map(({ size, reduced }) => (reduced ? 1 : size));
  const common = {
    keptShape: shape.filter((_, axis) => !axes.includes(axis)),
    statistic: (kept: Tensor) => reshape(kept, statShape),
    // Outer axes first: the first slice then leaves the least data.
    first: (x: Tensor) =>
      mergedAxes.reduce<Tensor>((from, axis) => gather(from, [0], axis), reshape(x, merged)),
    mean: (opened: Tensor) => mean(reshape(opened, merged), mergedAxes, true),
  };
  const last = runs.at(-1)!;
  if (runs.length < 4 || !last.reduced) {
    return { ...common, open: (x) => reshape(x, merged), spread: (statistic) => statistic };
  }
  // On wasm (XNNPACK), broadcasting over four axes is about ten times as slow as over three: [N, M, G, C / G] is
  // processed as [N, M, C], with the small statistics repeated.
  const wide = (of: readonly number[]) => [...of.slice(0, -2), of.at(-2)! * last.size];
  return {
    ...common,
    open: (x) => reshape(x, wide(merged)),
    // As rows: for a tensor of rank 5 and a vector, tfjs-webgpu generates a shader that does not compile.
    spread: (statistic) => reshape(mul(reshape(statistic, [-1, 1]), ones([1, last.size])), wide(statShape)),
  };
}

function runsOf(shape: readonly number[], axes: readonly number[]): { size: number; reduced: boolean }[] {
  const runs: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    const reduced = axes.includes(axis);
    const last = runs.at(-1);
    if (last !== undefined && last.reduced === reduced) last.size *= size;
    else runs.push({ size, reduced });
  });
  return runs;
}
