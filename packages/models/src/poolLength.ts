/** Windows along one axis: how many, and how far the first and the last reach over the edge. */
export type PoolLength = { readonly length: number; readonly before: number; readonly after: number };

/**
 * Where the windows of a convolution or pool lie along an axis of n pixels.
 *
 * `valid`: ⌊(n − size)/stride⌋ + 1 windows. `same`: ⌈n/stride⌉ windows, with the smaller half of the padding in
 * front, as TensorFlow puts it. `ceil`: ⌈(n − size)/stride⌉ + 1 windows from the first pixel on, less one where the
 * last would begin behind the edge, as Caffe and PyTorch count.
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
