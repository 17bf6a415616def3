import { unitRoundoff, worstExcess } from '@normlab/testing';
import {
  conv2d,
  conv2dTranspose,
  dispose,
  getKernel,
  grads,
  ones,
  registerKernel,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { registerWebgpuKernels } from '../../src/webgpu/registerWebgpuKernels.js';
import { type Compute, describeBeside } from '../support/backends.js';
import { magnitudes, normals, tensorOf, type Values } from '../support/tensors.js';

// Before a backend is opened, the registry holds tfjs's own.
await import('@tensorflow/tfjs-backend-webgpu');
const tfjsConv2d = getKernel('Conv2D', 'webgpu');

type Case = {
  x: [number, number, number, number];
  kernel: [number, number];
  channels: number;
  stride: number | [number, number];
  pad: 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];
};

const cases: Case[] = [
  { x: [2, 8, 8, 8], kernel: [3, 3], channels: 8, stride: 1, pad: 'same' },
  { x: [2, 9, 7, 3], kernel: [3, 3], channels: 12, stride: 1, pad: 'same' },
  { x: [3, 7, 9, 5], kernel: [3, 3], channels: 10, stride: 2, pad: 'same' },
  { x: [1, 8, 6, 4], kernel: [3, 3], channels: 7, stride: 2, pad: 'valid' },
  { x: [2, 5, 5, 16], kernel: [1, 1], channels: 1, stride: 1, pad: 'valid' },
  { x: [2, 6, 7, 8], kernel: [1, 1], channels: 24, stride: 2, pad: 'same' },
  { x: [1, 9, 8, 1], kernel: [5, 5], channels: 8, stride: 1, pad: 'same' },
  { x: [2, 11, 10, 6], kernel: [5, 5], channels: 3, stride: 2, pad: 'valid' },
  { x: [2, 6, 9, 4], kernel: [2, 4], channels: 4, stride: 1, pad: 'same' },
  { x: [2, 9, 10, 5], kernel: [3, 2], channels: 6, stride: [2, 1], pad: 'same' },
  { x: [1, 7, 11, 4], kernel: [2, 3], channels: 8, stride: [1, 3], pad: 'valid' },
  { x: [1, 1, 1, 97], kernel: [1, 1], channels: 2, stride: 1, pad: 'same' },
  {
    x: [2, 5, 6, 8],
    kernel: [3, 3],
    channels: 8,
    stride: 1,
    pad: [
      [0, 0],
      [2, 0],
      [0, 1],
      [0, 0],
    ],
  },
  {
    x: [1, 4, 4, 4],
    kernel: [2, 2],
    channels: 4,
    stride: 1,
    pad: [
      [0, 0],
      [3, 2],
      [2, 3],
      [0, 0],
    ],
  },
  { x: [1, 10, 10, 4], kernel: [2, 2], channels: 4, stride: 3, pad: 'same' },
  // Windows wider than the image and its padding on one side.
  { x: [2, 3, 1, 4], kernel: [3, 3], channels: 8, stride: 2, pad: 'same' },
  // Too much padding for a rotated filter, only in the columns.
  {
    x: [1, 4, 5, 4],
    kernel: [3, 2],
    channels: 4,
    stride: 1,
    pad: [
      [0, 0],
      [1, 1],
      [2, 3],
      [0, 0],
    ],
  },
  // Negative padding crops.
  ...[1, 2, [2, 3] as [number, number]].map(
    (stride): Case => ({
      x: [2, 9, 11, 4],
      kernel: [3, 2],
      channels: 8,
      stride,
      pad: [
        [0, 0],
        [-1, 1],
        [2, -3],
        [0, 0],
      ],
    }),
  ),
];

await describeBeside('webgpu', {}, (compute) => {
  describe.each(cases)('conv2d of $x with $kernel, $channels channels, stride $stride, $pad', (shape) => {
    it('y, dx and dw agree', () => agree(compute, shape));
  });
});

await describeBeside('webgpu', {}, (compute) => {
  it('y, dx and dw agree with the kernels for a GPU: tfjs’s forward kernel, gradients in many parts', async () => {
    const own = getKernel('Conv2D', 'webgpu');
    unregisterKernel('Conv2D', 'webgpu');
    registerKernel(tfjsConv2d);
    const back = registerWebgpuKernels({ software: false });
    for (const shape of cases) await agree(compute, shape);
    back();
    unregisterKernel('Conv2D', 'webgpu');
    registerKernel(own);
  });
});

await describeBeside('webgpu', {}, (compute) => {
  // In place of padding, the pixel at the edge is read. WebGPU need not keep NaN, so only finite results are compared.
  it.each([1, 4])('NaN and infinity reach only windows that have them, of %i channels', async (channels) => {
    const convolve = async () => {
      const row = (...values: number[]) =>
        tensor4d([values.flatMap((value) => Array(channels).fill(value))].flat(), [
          1,
          1,
          values.length,
          channels,
        ]);
      const [dx, y] = tidy(() => [
        conv2dTranspose(row(1, Number.NaN), ones([1, 3, 1, channels]), [1, 1, 6, 1], 2, 'valid'),
        conv2d(row(Number.POSITIVE_INFINITY, 1, 1, 1, 1), ones([1, 3, channels, channels]), 1, wide),
      ]);
      const read = await Promise.all([dx!.data(), y!.data()]);
      dispose([dx!, y!]);
      return read.map((values) => [...values]);
    };
    const [dx, y] = await compute('cpu', convolve);
    expect(dx!.map(Number.isFinite)).toEqual([true, true, false, false, false, true]);
    expect(y!.filter(Number.isFinite)).toHaveLength(5 * channels);
    const actual = await compute('webgpu', convolve);
    for (const [which, expected] of [dx!, y!].entries()) {
      const finite = (_: number, place: number) => Number.isFinite(expected[place]);
      expect(actual[which]!.filter(finite)).toEqual(expected.filter(finite));
    }
  });
});

const wide: Case['pad'] = [
  [0, 0],
  [0, 0],
  [3, 2],
  [0, 0],
];

async function agree(compute: Compute, shape: Case): Promise<void> {
  const x = normals(1, ...shape.x);
  const w = normals(2, ...shape.kernel, shape.x[3], shape.channels);
  const reference = await compute('cpu', () => results(x, w, shape));
  // The same sums of absolute values, to which the rounding errors of a sum are relative.
  const sums = await compute('cpu', () => results(magnitudes(x), magnitudes(w), shape));
  const ours = await compute('webgpu', () => results(x, w, shape));
  const [height, width] = shape.kernel;
  const terms = {
    y: height * width * shape.x[3],
    dx: height * width * shape.channels,
    dw: shape.x[0] * shape.x[1] * shape.x[2],
  };
  for (const which of ['y', 'dx', 'dw'] as const) {
    // A sum of n rounded products has an error of at most γ(n + 1) Σ|products|, in any order, on either side.
    const bound = (index: number) => 2 * (terms[which] + 1) * unitRoundoff * sums[which][index]!;
    const ratio = worstExcess(ours[which], reference[which], bound);
    expect(ratio, `${which} of ${JSON.stringify(shape)}`).toBeLessThanOrEqual(1);
  }
}

/** The convolution and its gradients for the same dy each time; |dy| where x is nonnegative. */
async function results(x: Values, w: Values, { stride, pad }: Case) {
  const positive = x.data.every((value) => value >= 0);
  const [y, dx, dw] = tidy((): Tensor[] => {
    const tensors = [tensorOf(x), tensorOf(w)];
    const convolve = (a: Tensor, b: Tensor) => conv2d(a as Tensor4D, b as Tensor4D, stride, pad);
    const y = convolve(tensors[0]!, tensors[1]!);
    const dy = normals(3, ...y.shape);
    return [y, ...grads(convolve)(tensors, tensorOf(positive ? magnitudes(dy) : dy))];
  });
  const [yValues, dxValues, dwValues] = await Promise.all([y!.data(), dx!.data(), dw!.data()]);
  dispose([y!, dx!, dw!]);
  return { y: yValues, dx: dxValues, dw: dwValues };
}
