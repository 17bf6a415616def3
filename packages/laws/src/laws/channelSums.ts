/** Sums over all but the last axis, in float64. */
export function channelSums(values: ArrayLike<number>, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
  return sums;
}

/** Sums of squares over all but the last axis: ‖W_k‖² of every output channel k. */
export function channelSquares(values: ArrayLike<number>, channels: number): Float64Array {
  return channelSums(
    Float64Array.from(values, (each) => each * each),
    channels,
  );
}

/** Sums of products over all but the last axis: ⟨V_k, W_k⟩ of every output channel k. */
export function channelProducts(a: ArrayLike<number>, b: ArrayLike<number>, channels: number): Float64Array {
  return channelSums(
    Float64Array.from(a, (each, i) => each * b[i]!),
    channels,
  );
}
