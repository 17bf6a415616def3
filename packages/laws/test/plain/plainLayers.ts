import type { Values } from '../../src/values.js';
import type { Parts } from './parts.js';

/** Values in float64, inside the plain subject. */
export type Plain = { readonly data: Float64Array; readonly shape: readonly number[] };

export function plain({ data, shape }: Values): Plain {
  return { data: Float64Array.from(data), shape };
}

export function map(x: Plain, f: (each: number, index: number) => number): Plain {
  return { data: x.data.map(f), shape: x.shape };
}

/** The results of standardization that its gradient needs. */
export type Standardized = {
  readonly y: Plain;
  readonly groups: number[][];
  readonly mean: number[];
  readonly variance: number[];
  readonly inverse: number[];
};

export function standardize(parts: Parts, x: Plain, epsilon: number): Standardized {
  const data = new Float64Array(x.data.length);
  const groups = parts.groups(x.shape);
  const columns = groups.map((indices) => indices.map((i) => x.data[i]!));
  const mean = columns.map(parts.mean);
  const variance = columns.map((column, g) => parts.variance(column, mean[g]!));
  const inverse = variance.map((each) => parts.inverseDeviation(each, epsilon));
  groups.forEach((indices, g) => {
    const y = parts.normalized(
      columns[g]!.map((each) => each - mean[g]!),
      inverse[g]!,
    );
    indices.forEach((i, at) => {
      data[i] = y[at]!;
    });
  });
  return { y: { data, shape: x.shape }, groups, mean, variance, inverse };
}

export function standardizeGradient(
  parts: Parts,
  { y, groups, inverse }: Standardized,
  dy: Plain,
  epsilon: number,
): Plain {
  const data = new Float64Array(dy.data.length);
  groups.forEach((indices, g) => {
    const dx = parts.backward(
      indices.map((i) => dy.data[i]!),
      indices.map((i) => y.data[i]!),
      inverse[g]!,
      epsilon,
    );
    indices.forEach((i, at) => {
      data[i] = dx[at]!;
    });
  });
  return { data, shape: dy.shape };
}

/** Wu + b: dense for a kernel of rank 2, a SAME convolution for rank 4. */
export function linear(parts: Parts, u: Plain, kernel: Plain, bias?: Plain): Plain {
  const channels = kernel.shape[kernel.shape.length - 1]!;
  const used = parts.kernelUsed(kernel.data);
  const shape = [...u.shape.slice(0, -1), channels];
  const data = new Float64Array((u.data.length / u.shape[u.shape.length - 1]!) * channels);
  if (bias) data.set(data.map((_, i) => bias.data[i % channels]!));
  const visit: Visit = (iu, ik, iz) => {
    data[iz]! += u.data[iu]! * used[ik]!;
  };
  products(u.shape, kernel.shape, visit, parts.reaches);
  return { data, shape };
}

export function linearGradient(
  parts: Parts,
  u: Plain,
  kernel: Plain,
  dz: Plain,
): { u: Plain; kernel: Plain; bias: Plain } {
  const channels = kernel.shape[kernel.shape.length - 1]!;
  const used = parts.kernelUsed(kernel.data);
  const du = new Float64Array(u.data.length);
  const dk = new Float64Array(kernel.data.length);
  const db = new Float64Array(channels);
  products(u.shape, kernel.shape, (iu, ik, iz) => {
    du[iu]! += used[ik]! * dz.data[iz]!;
    dk[ik]! += u.data[iu]! * dz.data[iz]!;
  });
  dz.data.forEach((each, i) => {
    db[i % channels]! += each;
  });
  return {
    u: { data: du.map(parts.inputGradient), shape: u.shape },
    kernel: { data: dk.map(parts.kernelGradient), shape: kernel.shape },
    bias: { data: db.map(parts.biasGradient), shape: [channels] },
  };
}

type Visit = (input: number, kernel: number, output: number) => void;

/** Visits the indices of input, kernel and output of every product. */
function products(
  inputShape: readonly number[],
  kernelShape: readonly number[],
  visit: Visit,
  reaches = (_result: number, _input: number) => true,
): void {
  const [kh, kw] = kernelShape.length === 2 ? [1, 1] : (kernelShape as [number, number]);
  const [inputs, outputs] = kernelShape.slice(-2) as [number, number];
  const rows = inputShape.slice(0, -1).reduce((a, b) => a * b, 1);
  const [height, width] = kernelShape.length === 2 ? [1, 1] : (inputShape.slice(1, 3) as [number, number]);
  for (let row = 0; row < rows; row++) {
    const [h, w] = [Math.floor(row / width) % height, row % width];
    for (let tap = 0; tap < kh * kw; tap++) {
      const [dh, dw] = [Math.floor(tap / kw) - (kh - 1) / 2, (tap % kw) - (kw - 1) / 2];
      if (h + dh < 0 || h + dh >= height || w + dw < 0 || w + dw >= width) continue;
      if (!reaches(h, h + dh) || !reaches(w, w + dw)) continue;
      for (let d = 0; d < inputs; d++)
        for (let c = 0; c < outputs; c++)
          visit((row + dh * width + dw) * inputs + d, (tap * inputs + d) * outputs + c, row * outputs + c);
    }
  }
}
