import type { Values } from './bothBackends.js';

type Axes = readonly number[];

/** For each entry of a tensor, the index of the statistic that it belongs to; and how many there are. */
function statisticOf(
  { shape }: Values,
  axes: Axes,
): { index: Int32Array; stats: number; keptShape: number[] } {
  const size = shape.reduce((a, b) => a * b, 1);
  const keptShape = shape.filter((_, axis) => !axes.includes(axis));
  const index = Int32Array.from({ length: size }, (_, flat) => {
    let rest = flat;
    let position = 0;
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = (rest - at) / shape[axis]!;
      if (axes.includes(axis)) continue;
      position += at * step;
      step *= shape[axis]!;
    }
    return position;
  });
  return { index, stats: keptShape.reduce((a, b) => a * b, 1), keptShape };
}

/** Sums over axes, in float64. */
export function sumTwin(x: Values, axes: Axes): { shape: number[]; values: Float64Array } {
  const { index, stats, keptShape } = statisticOf(x, axes);
  const values = new Float64Array(stats);
  x.values.forEach((value, i) => {
    values[index[i]!]! += value;
  });
  return { shape: keptShape, values };
}

/** Standardizing by its equation, in float64. */
export function standardizeTwin(x: Values, axes: Axes, epsilon: number) {
  const { index, stats, keptShape } = statisticOf(x, axes);
  const length = x.values.length / stats;
  const mean = sumTwin(x, axes).values.map((sum) => sum / length);
  const variance = new Float64Array(stats);
  x.values.forEach((value, i) => {
    variance[index[i]!]! += (value - mean[index[i]!]!) ** 2 / length;
  });
  const values = Float64Array.from(
    x.values,
    (value, i) => (value - mean[index[i]!]!) / Math.sqrt(variance[index[i]!]! + epsilon),
  );
  return {
    y: { shape: x.shape, values },
    mean: { shape: keptShape, values: mean },
    variance: { shape: keptShape, values: variance },
    index,
  };
}

/** dx = (dy − mean dy − y·mean(dy·y))/√(variance + ε), in float64. */
export function standardizeGradTwin(dy: Values, y: Values, variance: Values, axes: Axes, epsilon: number) {
  const { index, stats } = statisticOf(dy, axes);
  const length = dy.values.length / stats;
  const mean = new Float64Array(stats);
  const slope = new Float64Array(stats);
  dy.values.forEach((value, i) => {
    mean[index[i]!]! += value / length;
    slope[index[i]!]! += (value * y.values[i]!) / length;
  });
  const values = Float64Array.from(dy.values, (value, i) => {
    const stat = index[i]!;
    return (value - mean[stat]! - y.values[i]! * slope[stat]!) / Math.sqrt(variance.values[stat]! + epsilon);
  });
  return { shape: dy.shape, values, mean, slope, index };
}

type BatchNormInputs = Record<'x' | 'mean' | 'variance', Values> & { scale?: Values; offset?: Values };

/** Batch norm over all axes but the last, with gain, bias, ReLU and running statistics, in float64. */
export function batchNormTwin(
  { x, mean, variance, scale, offset }: BatchNormInputs,
  { epsilon, decay, activation }: { epsilon: number; decay: number; activation: 'identity' | 'relu' },
) {
  const channels = x.shape.at(-1)!;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const batch = standardizeTwin(x, axes, epsilon);
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
  const rows = dy.values.length / channels;
  const delta = Float64Array.from(dy.values, (value, i) => (isOn[i]! ? value : 0));
  const dScale = new Float64Array(channels);
  const dOffset = new Float64Array(channels);
  delta.forEach((value, i) => {
    dScale[i % channels]! += value * standardized[i]!;
    dOffset[i % channels]! += value;
  });
  const dx = delta.map((value, i) => {
    const channel = i % channels;
    const gain = inputs.scale?.values[channel] ?? 1;
    const bracket = value - dOffset[channel]! / rows - (standardized[i]! * dScale[channel]!) / rows;
    return (gain * bracket) / Math.sqrt(batch.variance[channel]! + epsilon);
  });
  return { dx, dScale, dOffset };
}

/** PyTorch's SGD for one number, in float64. */
export function sgdTwin(
  [w, g, v]: readonly [number, number, number],
  {
    learningRate,
    momentum,
    weightDecay,
    nesterov,
  }: Record<'learningRate' | 'momentum' | 'weightDecay', number> & {
    nesterov: boolean;
  },
): [number, number] {
  const descent = g + weightDecay * w;
  const velocity = momentum * v + descent;
  return [w - learningRate * (nesterov ? descent + momentum * velocity : velocity), velocity];
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
