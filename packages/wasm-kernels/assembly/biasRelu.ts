import { VECTOR } from './job';

/**
 * y = max(x + b, 0) for `columns` results of each pixel of a convolution, in place, while they are in the cache.
 *
 * Without a bias (address 0) nothing is added; without `isRectified` nothing is cut off. NaN stays.
 */
export function biasRelu(
  target: usize,
  pixels: i32,
  pixelBytes: usize,
  columns: i32,
  bias: usize,
  isRectified: bool,
): void {
  if (bias == 0 && !isRectified) return;
  const low = f32x4.splat(isRectified ? 0 : -Infinity);
  const lowest: f32 = isRectified ? 0 : -Infinity;
  const vectorBytes = <usize>(columns & ~3) << 2;
  const columnBytes = <usize>columns << 2;
  const end = target + <usize>pixels * pixelBytes;
  for (let pixel = target; pixel < end; pixel += pixelBytes) {
    let at: usize = 0;
    for (; at < vectorBytes; at += VECTOR) {
      let y = v128.load(pixel + at);
      if (bias != 0) y = f32x4.add(y, v128.load(bias + at));
      v128.store(pixel + at, f32x4.max(y, low));
    }
    for (; at < columnBytes; at += 4) {
      let y = load<f32>(pixel + at);
      if (bias != 0) y += load<f32>(bias + at);
      store<f32>(pixel + at, max<f32>(y, lowest));
    }
  }
}
