/**
 * A histogram of values in bins of equal width from the least to the greatest; equal values lie in the middle of bins
 * as wide as their size, or 1 where they are 0.
 *
 * @param values at least one, all finite
 * @param bins 30 by default, as many as TensorBoard shows
 */
export function binned(values: ArrayLike<number>, bins = 30): { edges: number[]; counts: number[] } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index]!);
    high = Math.max(high, values[index]!);
  }
  if (low === high) {
    const half = Math.abs(low) || 1;
    [low, high] = [low - half, high + half];
  }
  const edges = Array.from({ length: bins + 1 }, (_, index) => low + ((high - low) * index) / bins);
  const counts = new Array<number>(bins).fill(0);
  for (let index = 0; index < values.length; index++) {
    const bin = Math.floor(((values[index]! - low) / (high - low)) * bins);
    // The greatest value lies on the last edge.
    counts[Math.min(bin, bins - 1)]!++;
  }
  return { edges, counts };
}
