import * as fc from 'fast-check';

/** A positive scale: a power of two, 2⁻¹⁰ to 2¹⁰, or any number from 10⁻⁶ to 10⁶. Shrinks to 1. */
export function positiveScale(): fc.Arbitrary<number> {
  return fc.oneof(powerOfTwo(), decade(-6, 6));
}

/** A scale of either sign. Shrinks to 1. */
export function scale(): fc.Arbitrary<number> {
  return fc.tuple(fc.boolean(), positiveScale()).map(([negative, each]) => (negative ? -each : each));
}

/** 2^k, |k| ≤ most. */
export function powerOfTwo(most = 10): fc.Arbitrary<number> {
  return fc.integer({ min: -most, max: most }).map((k) => 2 ** k);
}

/** 10^x for x between two integers, in hundredths. Shrinks towards 1 where it can. */
export function decade(from: number, to: number): fc.Arbitrary<number> {
  return fc.integer({ min: 100 * from, max: 100 * to }).map((x) => 10 ** (x / 100));
}

/** ε from 0 to 10⁻¹: none, the usual 10⁻⁵, or anything from 10⁻¹². */
export function epsilon(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 1e-5), decade(-12, -1));
}

/** The seed of a sample's numbers; it is not shrunk, since a smaller seed is no simpler. */
export function seed(): fc.Arbitrary<number> {
  return fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 }));
}
