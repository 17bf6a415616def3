import type { Values } from './bothBackends.js';

/** A depthwise convolution of x [N, H, W, C] with a filter [I, J, C, M] to y [N, OH, OW, C·M]. */
export type DepthwiseSizes = {
  readonly x: number[];
  readonly filter: number[];
  readonly y: number[];
  readonly strides: readonly [number, number];
  readonly top: number;
  readonly left: number;
};

/**
 * Both gradients in float64: every product of Y[n, y, x, c·M + m] = Σ_{i, j} X[n, s·y + i − top, s·x + j − left, c] ·
 * W[i, j, c, m], one after the other.
 */
export function depthwiseTwin(
  { x, filter, y, strides, top, left }: DepthwiseSizes,
  values: { x: Values; filter: Values; dy: Values },
): { dx: Float64Array; dFilter: Float64Array } {
  const [images, height, width, channels] = x as [number, number, number, number];
  const [filterHeight, filterWidth, , multiplier] = filter as [number, number, number, number];
  const [, outHeight, outWidth] = y as [number, number, number];
  const dx = new Float64Array(values.x.values.length);
  const dFilter = new Float64Array(values.filter.values.length);
  for (let n = 0; n < images; n++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++)
        for (let i = 0; i < filterHeight; i++)
          for (let j = 0; j < filterWidth; j++) {
            const h = row * strides[0] + i - top;
            const w = column * strides[1] + j - left;
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let c = 0; c < channels; c++)
              for (let m = 0; m < multiplier; m++) {
                const xAt = ((n * height + h) * width + w) * channels + c;
                const filterAt = ((i * filterWidth + j) * channels + c) * multiplier + m;
                const dyAt =
                  ((n * outHeight + row) * outWidth + column) * channels * multiplier + c * multiplier + m;
                dx[xAt]! += values.dy.values[dyAt]! * values.filter.values[filterAt]!;
                dFilter[filterAt]! += values.dy.values[dyAt]! * values.x.values[xAt]!;
              }
          }
  return { dx, dFilter };
}
