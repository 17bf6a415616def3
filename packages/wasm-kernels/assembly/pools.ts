import { bytes, count } from './words';

/**
 * Gradients of pooling. A task is an image.
 *
 * Words: 0 dy, 1 dx, 2 x (max only), 3 H, 4 W, 5 C, 6 dy's H, 7 W, 8 window's height, 9 width, 10 stride down,
 * 11 across, 12 top, 13 left.
 */

/** Each entry of dy goes to the largest of its window, the first of equals. */
export function maxPoolGradient(words: usize, task: i32, scratch: usize): void {
  const height = count(words, 3);
  const width = count(words, 4);
  const channels = count(words, 5);
  const outHeight = count(words, 6);
  const outWidth = count(words, 7);
  const imageBytes = <usize>(height * width * channels) << 2;
  const dx = bytes(words, 1) + <usize>task * imageBytes;
  const x = bytes(words, 2) + <usize>task * imageBytes;
  let dy = bytes(words, 0) + (<usize>(task * outHeight * outWidth * channels) << 2);
  memory.fill(dx, 0, imageBytes);
  for (let row = 0; row < outHeight; row++) {
    const top = row * count(words, 10) - count(words, 12);
    const fromRow = max(top, 0);
    const toRow = min(top + count(words, 8), height);
    for (let column = 0; column < outWidth; column++) {
      const left = column * count(words, 11) - count(words, 13);
      const fromColumn = max(left, 0);
      const toColumn = min(left + count(words, 9), width);
      let channel = 0;
      for (; channel + 4 <= channels; channel += 4) {
        let best = f32x4.splat(0);
        let place = i32x4.splat(-1);
        for (let y = fromRow; y < toRow; y++) {
          for (let z = fromColumn; z < toColumn; z++) {
            const at = ((y * width + z) * channels + channel) << 2;
            const value = v128.load(x + <usize>at);
            const isFirst = i32x4.lt_s(place, i32x4.splat(0));
            const isBetter = v128.or(f32x4.gt(value, best), isFirst);
            best = v128.bitselect(value, best, isBetter);
            place = v128.bitselect(i32x4.splat(at), place, isBetter);
          }
        }
        if (i32x4.extract_lane(place, 0) >= 0) {
          addTo(dx + <usize>i32x4.extract_lane(place, 0), dy);
          addTo(dx + <usize>i32x4.extract_lane(place, 1) + 4, dy + 4);
          addTo(dx + <usize>i32x4.extract_lane(place, 2) + 8, dy + 8);
          addTo(dx + <usize>i32x4.extract_lane(place, 3) + 12, dy + 12);
        }
        dy += 16;
      }
      for (; channel < channels; channel++) {
        let best: f32 = 0;
        let place = -1;
        for (let y = fromRow; y < toRow; y++) {
          for (let z = fromColumn; z < toColumn; z++) {
            const at = ((y * width + z) * channels + channel) << 2;
            const value = load<f32>(x + <usize>at);
            if (place < 0 || value > best) {
              best = value;
              place = at;
            }
          }
        }
        if (place >= 0) addTo(dx + <usize>place, dy);
        dy += 4;
      }
    }
  }
}

/** Each entry of dy is shared out among the entries of its window that lie in the image. */
export function averagePoolGradient(words: usize, task: i32, scratch: usize): void {
  const height = count(words, 3);
  const width = count(words, 4);
  const channels = count(words, 5);
  const outHeight = count(words, 6);
  const outWidth = count(words, 7);
  const pixelBytes = <usize>channels << 2;
  const vectorsEnd = pixelBytes & ~15;
  const imageBytes = <usize>(height * width) * pixelBytes;
  const dx = bytes(words, 1) + <usize>task * imageBytes;
  let dy = bytes(words, 0) + <usize>(task * outHeight * outWidth) * pixelBytes;
  memory.fill(dx, 0, imageBytes);
  for (let row = 0; row < outHeight; row++) {
    const top = row * count(words, 10) - count(words, 12);
    const fromRow = max(top, 0);
    const toRow = min(top + count(words, 8), height);
    for (let column = 0; column < outWidth; column++) {
      const left = column * count(words, 11) - count(words, 13);
      const fromColumn = max(left, 0);
      const toColumn = min(left + count(words, 9), width);
      const share = <f32>1 / <f32>((toRow - fromRow) * (toColumn - fromColumn));
      const shares = f32x4.splat(share);
      for (let y = fromRow; y < toRow; y++) {
        for (let z = fromColumn; z < toColumn; z++) {
          const to = dx + <usize>(y * width + z) * pixelBytes;
          let at: usize = 0;
          for (; at < vectorsEnd; at += 16) {
            const part = f32x4.mul(v128.load(dy + at), shares);
            v128.store(to + at, f32x4.add(v128.load(to + at), part));
          }
          for (; at < pixelBytes; at += 4) {
            store<f32>(to + at, load<f32>(to + at) + load<f32>(dy + at) * share);
          }
        }
      }
      dy += pixelBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(to: usize, from: usize): void {
  store<f32>(to, load<f32>(to) + load<f32>(from));
}
