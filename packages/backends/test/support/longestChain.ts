/** The most additions, one after the other, in a sum of n numbers by `reduceTree`: see its docs. */
export function longestChain(n: number): number {
  if (n <= 64) return n;
  return n <= 4096 ? 2 * Math.sqrt(n) : 2 * Math.sqrt(n / 64) + 18;
}
