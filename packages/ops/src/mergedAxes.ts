/** A shape with neighbouring axes of one kind (reduced or kept) merged into one. */
export type MergedAxes = {
  readonly shape: number[];
  /** Indices into `shape` of the reduced axes, ascending. */
  readonly axes: number[];
  /** `shape` with 1 in place of the reduced axes: what broadcasts over it. */
  readonly statShape: number[];
  /** The original shape without the reduced axes. */
  readonly keptShape: number[];
};

/** Any axes of any rank as the shortest pattern of reduced and kept ones: [N, H, W, C] over 0, 1, 2 is [M, C] over 0. */
export function mergeAxes(shape: readonly number[], axes: readonly number[]): MergedAxes {
  const merged: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    const reduced = axes.includes(axis);
    const last = merged.at(-1);
    if (last !== undefined && last.reduced === reduced) last.size *= size;
    else merged.push({ size, reduced });
  });
  return {
    shape: merged.map(({ size }) => size),
    axes: merged.flatMap(({ reduced }, axis) => (reduced ? [axis] : [])),
    statShape: merged.map(({ size, reduced }) => (reduced ? 1 : size)),
    keptShape: shape.filter((_, axis) => !axes.includes(axis)),
  };
}
