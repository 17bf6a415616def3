import { OptionError } from '@normlab/errors';

/**
 * A seed for one named part of a run, from the run's seed: the same path always gives the same
 * seed, and different paths give unrelated ones.
 *
 * FNV-1a over the UTF-8 bytes of the path, started from the seed, then MurmurHash3's 32-bit final
 * mixer, so that the seeds of neighbouring steps differ in about half of their bits.
 *
 * @param seed an integer in [0, 2³²)
 * @param path names and indices, as in `deriveSeed(seed, 'dropout', step)`
 * @returns an integer in [0, 2³²)
 * @throws OptionError unless the seed is an integer in [0, 2³²)
 */
export function deriveSeed(seed: number, ...path: readonly (string | number)[]): number {
  checkSeed('deriveSeed', seed);
  let hash = mix(seed ^ 0x811c9dc5);
  for (const part of path) {
    for (const byte of new TextEncoder().encode(`/${part}`)) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    hash = mix(hash);
  }
  return hash >>> 0;
}

/** @throws OptionError unless seed is an integer in [0, 2³²) */
export function checkSeed(where: string, seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new OptionError({ where, what: 'seed', rule: 'be an integer in [0, 2^32)', got: seed });
  }
}

function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
