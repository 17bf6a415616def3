/**
 * Mean and variance of each slice of `x`, as parts of a {@link Reduction}.
 *
 * Every slice is shifted by its first element, which removes a large mean before anything is rounded. The mean and the
 * squared deviations are computed per group and merged by Chan's formula (Chan, Golub & LeVeque 1979): a group's squares
 * are about its own mean. `v0` is the mean of the shifted values, `v1` the sum of the squared deviations, `v2` the shift.
 */
export const moments = {
  values: 3,
  leaf: `
    let v2 = x[base];
    var sum = T(0.0);
    for (var row = begin; row < end; row++) { sum += x[base + row * inner] - v2; }
    let v0 = sum / f32(end - begin);
    var v1 = T(0.0);
    for (var row = begin; row < end; row++) {
      let distance = (x[base + row * inner] - v2) - v0;
      v1 = fma(distance, distance, v1);
    }`,
  merge: `
    var sum = T(0.0);
    var count = 0.0;
    for (var child = begin; child < end; child++) {
      sum += rows(child) * value(0, child);
      count += rows(child);
    }
    // A node without rows has the mean 0.
    let v0 = sum / max(count, 1.0);
    var v1 = T(0.0);
    for (var child = begin; child < end; child++) {
      let distance = value(0, child) - v0;
      v1 += value(1, child) + rows(child) * distance * distance;
    }
    let v2 = value(2, begin);`,
  shift: 'v2',
  /** The mean of the shifted values. */
  rest: 'v0',
  mean: 'v2 + v0',
  variance: 'v1 / f32(all)',
  /** 1 / √(σ² + ε), with ε in `uniforms.epsilon`. */
  inverse: '1.0 / sqrt(v1 / f32(all) + uniforms.epsilon)',
} as const;
