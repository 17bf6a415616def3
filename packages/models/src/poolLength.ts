/** Windows along one axis: their number, and how far the first and the last extend over the edge. */
export type PoolLength = { readonly length: number; readonly before: number; readonly after: number };

/**
 * The positions of the windows of a convolution or pool along an axis of n pixels.
 *
 * `valid`: ⌊(n − size)/stride⌋ + 1 windows. `same`: ⌈n/stride⌉ windows, with the smaller half of the padding in front,
 * as in TensorFlow. `ceil`: ⌈(n − size)/stride⌉ + 1 windows from the first pixel on, minus one if the last window would
 * begin beyond the edge, as in Caffe and PyTorch.
 */
export function poolLength(
  n: number,
  size: number,
  stride: number,
  padding: 'same' | 'valid' | 'ceil',
): PoolLength {
  if (padding === 'valid') {
    return { length: Math.floor((n - size) / stride) + 1, before: 0, after: 0 };
  }
  if (padding === 'same') {
    const length = Math.ceil(n / stride);
    const total = Math.max(0, (length - 1) * stride + size - n);
    const before = Math.floor(total / 2);
    return { length, before, after: total - before };
  }
  const counted = Math.ceil(Math.max(0, n - size) / stride) + 1;
  const length = (counted - 1) * stride >= n ? counted - 1 : counted;
  return { length, before: 0, after: Math.max(0, (length - 1) * stride + size - n) };
}
