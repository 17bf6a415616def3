import type { Numbers } from './sets.js';
import { standardize, standardizeGradient } from './standardize.js';

type BatchNormInputs = Record<'x' | 'mean' | 'variance', Numbers> & { scale?: Numbers; offset?: Numbers };

/** Batch norm over all axes but the last, with gain, bias, ReLU and running statistics, in float64. */
export function fusedBatchNorm(
  { x, mean, variance, scale, offset }: BatchNormInputs,
  { epsilon, decay, activation }: { epsilon: number; decay: number; activation: 'identity' | 'relu' },
) {
  const channels = x.shape.at(-1)!;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const batch = standardize(x, axes, epsilon);
  const before = Float64Array.from(batch.y.values, (value, i) => {
    const gain = scale?.values[i % channels] ?? 1;
    return gain * value + (offset?.values[i % channels] ?? 0);
  });
  const moved = (running: Numbers, fresh: Float64Array) =>
    fresh.map((value, i) => decay * running.values[i]! + (1 - decay) * value);
  return {
    standardized: batch.y.values,
    y: activation === 'relu' ? before.map((value) => Math.max(0, value)) : before,
    isOn: Array.from(before, (value) => activation === 'identity' || value > 0),
    batch: { mean: batch.mean.values, variance: batch.variance.values },
    moved: { mean: moved(mean, batch.mean.values), variance: moved(variance, batch.variance.values) },
  };
}

/** The gradients of {@link fusedBatchNorm} with respect to x, gain and bias, in float64. */
export function fusedBatchNormGradient(
  dy: Numbers,
  inputs: BatchNormInputs,
  { epsilon, activation }: { epsilon: number; activation: 'identity' | 'relu' },
) {
  const { standardized, isOn, batch } = fusedBatchNorm(inputs, { epsilon, decay: 1, activation });
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
  const unscaled = standardizeGradient({ shape: dy.shape, values: delta }, y, variance, axes, epsilon);
  const dx = unscaled.dx.values.map((value, i) => (inputs.scale?.values[i % channels] ?? 1) * value);
  return { dx, dScale, dOffset };
}
