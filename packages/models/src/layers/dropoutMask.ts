/**
 * The factors of dropout: 0 with probability dropRate, 1/(1 − dropRate) otherwise.
 *
 * Element i is decided by 32 bits that depend only on seed and i (SplitMix32: Steele, Lea & Flood 2014, with
 * MurmurHash3's final mixer), so that millions of elements take milliseconds and every backend gets the same bytes.
 */
export function dropoutMask(size: number, dropRate: number, seed: number): Float32Array {
  const mask = new Float32Array(size);
  const kept = 1 / (1 - dropRate);
  const threshold = dropRate * 2 ** 32;
  // 2³² divided by the golden ratio, made odd: consecutive multiples spread over the whole range.
  const golden = 0x9e3779b9;
  let state = seed | 0;
  for (let i = 0; i < size; i++) {
    state = (state + golden) | 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
    if (bits >>> 0 >= threshold) mask[i] = kept;
  }
  return mask;
}
