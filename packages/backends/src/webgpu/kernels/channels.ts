/** How many channels of a buffer a shader reads or writes at once: a vector of four where these are whole vectors. */
export function lanesFor(channels: number): 1 | 4 {
  return channels % 4 === 0 ? 4 : 1;
}

/** The largest divisor of n that is at most `most`. */
export function largestDivisor(n: number, most: number): number {
  let divisor = Math.min(n, most);
  while (n % divisor !== 0) divisor--;
  return divisor;
}

/** The component of a vector with `lanes` components, as WGSL code. */
export function component(vector: string, lane: number, lanes: 1 | 4): string {
  return lanes === 1 ? vector : `${vector}.${'xyzw'[lane]}`;
}
