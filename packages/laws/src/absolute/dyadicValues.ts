import { sizeOf, type Values } from '../values.js';

/**
 * Arrays of multiples of 1/64 in [−2, 2), which float32 represents exactly; a seed determines them.
 *
 * x ← 1664525·x + 1013904223 mod 2³² (Numerical Recipes); the value is (⌊x/2²⁴⌋ − 128)/64. The generator is that simple
 * so that `vectors/laws/make_vectors.py` can draw the same numbers.
 */
export function dyadicValues(seed: number): (...shape: readonly number[]) => Values {
  return drawnValues(seed, (state) => ((state >>> 24) - 128) / 64);
}

/** Arrays of the values of the generator's states. */
export function drawnValues(
  seed: number,
  of: (state: number) => number,
): (...shape: readonly number[]) => Values {
  let state = seed >>> 0;
  return (...shape) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => {
      state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
      return of(state);
    });
    return { data, shape };
  };
}
