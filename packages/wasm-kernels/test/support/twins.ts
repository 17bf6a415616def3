import { twins } from '@normlab/testing';
import type { Values } from './bothBackends.js';

type BatchNormInputs = Record<'x' | 'mean' | 'variance', Values> & { scale?: Values; offset?: Values };

/** Batch norm over all axes but the last, with gain, bias, ReLU and running statistics, in float64. */
export function batchNormTwin(
  { x, mean, variance, scale, offset }: BatchNormInputs,
  { epsilon, decay, activation }: { epsilon: number; decay: number; activation: 'identity' | 'relu' },
) {
  const channels = x.shape.at(-1)!;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const batch = twins.standardize(x, axes, epsilon);
  const before = batch.y.values.map((value, i) => {
    const gain = scale?.values[i % channels] ?? 1;
    return gain * value + (offset?.values[i % channels] ?? 0);
  });
  const moved = (running: Values, fresh: Float64Array) =>
    fresh.map((value, i) => decay * running.values[i]! + (1 - decay) * value);
  return {
    standardized: batch.y.values,
    y: activation === 'relu' ? before.map((value) => Math.max(0, value)) : before,
    isOn: Array.from(before, (value) => activation === 'identity' || value > 0),
    batch: { mean: batch.mean.values, variance: batch.variance.values },
    moved: { mean: moved(mean, batch.mean.values), variance: moved(variance, batch.variance.values) },
  };
}

/** The gradients of {@link batchNormTwin} by x, gain and bias, in float64. */
export function batchNormGradTwin(
  dy: Values,
  inputs: BatchNormInputs,
  { epsilon, activation }: { epsilon: number; activation: 'identity' | 'relu' },
) {
  const { standardized, isOn, batch } = batchNormTwin(inputs, { epsilon, decay: 1, activation });
  const channels = dy.shape.at(-1)!;
  const delta = Float64Array.from(dy.values, (value, i) => (isOn[i]! ? value : 0));
  const dScale = new Float64Array(channels);
  const dOffset = new Float64Array(channels);
  delta.forEach((value, i) => {
    dScale[i % channels]! += value * standardized[i]!;
    dOffset[i % channels]! += value;
  });
  const axes = dy.shape.slice(0, -1).map((_, axis) => axis);
  const [y, variance] = [
    { shape: dy.shape, values: standardized },
    { shape: [channels], values: batch.variance },
  ] as const;
  const unscaled = twins.standardizeGradient({ shape: dy.shape, values: delta }, y, variance, axes, epsilon);
  const dx = unscaled.dx.values.map((value, i) => (inputs.scale?.values[i % channels] ?? 1) * value);
  return { dx, dScale, dOffset };
}

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
