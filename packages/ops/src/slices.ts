import { gather, mean, mul, ones, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * A shape seen as slices over some of its axes: what is averaged within a slice, and broadcast over it.
 *
 * Neighbouring axes of one kind (reduced or kept) count as one, so that [N, H, W, C] over 0, 1, 2 is [M, C]
 * over 0. A tensor is opened into that form, a statistic has it with 1 in place of the reduced axes.
 */
export type Slices = {
  /** The original shape without the reduced axes. */
  readonly keptShape: number[];
  /** x in the form that the other functions take. */
  open(x: Tensor): Tensor;
  /** One element of each slice of x, as a statistic. */
  first(x: Tensor): Tensor;
  /** The mean of each slice of an opened tensor, as a statistic. */
  mean(opened: Tensor): Tensor;
  /** What has the kept shape, as a statistic. */
  statistic(kept: Tensor): Tensor;
  /** A statistic in a shape that broadcasts over opened tensors. */
  spread(statistic: Tensor): Tensor;
};

/** The slices of a shape over axes that ascend from 0. */
export function slicesOf(shape: readonly number[], axes: readonly number[]): Slices {
  const runs = runsOf(shape, axes);
  const merged = runs.map(({ size }) => size);
  const mergedAxes = runs.flatMap(({ reduced }, axis) => (reduced ? [axis] : []));
  const statShape = runs.map(({ size, reduced }) => (reduced ? 1 : size));
  const common = {
    keptShape: shape.filter((_, axis) => !axes.includes(axis)),
    statistic: (kept: Tensor) => reshape(kept, statShape),
    // Outer axes first: the first cut is then the one that leaves the least.
    first: (x: Tensor) =>
      mergedAxes.reduce<Tensor>((from, axis) => gather(from, [0], axis), reshape(x, merged)),
    mean: (opened: Tensor) => mean(reshape(opened, merged), mergedAxes, true),
  };
  const last = runs.at(-1)!;
  if (runs.length < 4 || !last.reduced) {
    return { ...common, open: (x) => reshape(x, merged), spread: (statistic) => statistic };
  }
  // Broadcasting four axes is some ten times as slow as three on wasm (XNNPACK): [N, M, G, C / G] is worked on
  // as [N, M, C], for which the small statistics are repeated.
  const wide = (of: readonly number[]) => [...of.slice(0, -2), of.at(-2)! * last.size];
  return {
    ...common,
    open: (x) => reshape(x, wide(merged)),
    spread: (statistic) => reshape(mul(statistic, ones([last.size])), wide(statShape)),
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
