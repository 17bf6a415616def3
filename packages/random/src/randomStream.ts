import { OptionError } from '@normlab/errors';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { checkSeed } from './deriveSeed.js';

/** A source of random numbers determined by a seed; each call advances it. */
export type RandomStream = {
  /** A number in [low, high), uniform; [0, 1) by default. */
  uniform(low?: number, high?: number): number;
  /** An integer in [0, below), uniform. */
  integer(below: number): number;
  /** A normal number of mean 0 and standard deviation 1 (Box–Muller, using one number of each pair). */
  normal(): number;
};

/**
 * The stream of a seed: xoroshiro128+.
 *
 * `uniform` and `integer` use integer arithmetic, +, × and a power-of-two scale, and so give the same bits on
 * every machine; `normal` also takes a logarithm and a cosine, whose last bit may depend on the
 * JavaScript engine.
 *
 * The first numbers of small seeds are not like random ones: of 0, 1, 2 and 3, all are close to 1. Seeds from
 * {@link deriveSeed} are spread over the whole range.
 *
 * @throws OptionError unless the seed is an integer in [0, 2³²)
 */
export function randomStream(seed: number): RandomStream {
  checkSeed('randomStream', seed);
  const generator = xoroshiro128plus(seed | 0);
  const uniform = (low = 0, high = 1): number => low + (high - low) * uniformFloat64(generator);
  return {
    uniform,
    integer(below) {
      if (!Number.isInteger(below) || below < 1) {
        throw new OptionError({ where: 'integer', what: 'below', rule: 'be an integer ≥ 1', got: below });
      }
      return uniformInt(generator, 0, below - 1);
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}
