import type { Values } from './bothBackends.js';

/** The gradient of average pooling: every window's dy in equal shares to its entries inside the image, in float64. */
export function averagePoolGradTwin(
  dy: Values,
  input: readonly [number, number, number, number],
  { filterSize, strides, top, left }: { filterSize: number; strides: number; top: number; left: number },
): Float64Array {
  const [images, height, width, channels] = input;
  const [, outHeight, outWidth] = dy.shape as [number, number, number, number];
  const dx = new Float64Array(images * height * width * channels);
  dy.values.forEach((value, flat) => {
    const channel = flat % channels;
    const column = Math.floor(flat / channels) % outWidth;
    const row = Math.floor(flat / channels / outWidth) % outHeight;
    const image = Math.floor(flat / channels / outWidth / outHeight);
    const inside: number[] = [];
    for (let y = row * strides - top; y < row * strides - top + filterSize; y++) {
      for (let x = column * strides - left; x < column * strides - left + filterSize; x++) {
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        inside.push(((image * height + y) * width + x) * channels + channel);
      }
    }
    for (const at of inside) dx[at]! += value / inside.length;
  });
  return dx;
}
