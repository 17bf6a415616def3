import * as fc from 'fast-check';

/** Rank 2 to 5, channels last: one channel or more, with two to a few hundred values per channel. */
export function shapes(): fc.Arbitrary<number[]> {
  const channels = fc.integer({ min: 1, max: 4 });
  const side = fc.integer({ min: 1, max: 3 });
  const batch = fc.oneof(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 9, max: 40 }));
  return fc
    .tuple(batch, fc.array(side, { minLength: 0, maxLength: 3 }), channels)
    .map(([n, space, c]) => [n, ...space, c]);
}

/** [N, H, W, C] with H and W even. */
export function images(): fc.Arbitrary<number[]> {
  return fc
    .tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.constantFrom(2, 4),
      fc.constantFrom(2, 4),
      fc.integer({ min: 1, max: 4 }),
    )
    .map((shape) => [...shape]);
}
