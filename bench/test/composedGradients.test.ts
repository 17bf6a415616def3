import '@tensorflow/tfjs-backend-wasm';
import { type OpenBackend, openBackend } from '@normlab/backends';
import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  type NamedAttrMap,
  type Rank,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerComposedGradients } from '../src/peers/composedGradients.js';

let cpu: OpenBackend;

beforeAll(async () => {
  cpu = await openBackend('cpu');
  await setBackend('wasm');
  registerComposedGradients();
});
afterAll(() => cpu.close());

describe.each([
  { size: 8, kernel: 3, stride: 1 },
  { size: 8, kernel: 3, stride: 2 },
  { size: 7, kernel: 3, stride: 2 },
  { size: 5, kernel: 5, stride: 1 },
  { size: 4, kernel: 1, stride: 2 },
])(
  'gradients of a $kernel×$kernel convolution of $size×$size, stride $stride',
  ({ size, kernel, stride }) => {
    const results = Math.ceil(size / stride);
    const inputShape = [2, size, size, 3] as const;
    const outputShape = [2, results, results, 4] as const;
    const filterShape = [kernel, kernel, 3, 4] as const;
    const common = { strides: stride, pad: 'same', dataFormat: 'NHWC' };

    // Sums of at most 2·8·8 or 5·5·4 products of integers below 4: exact in float32, in any order.
    it('dX(composed on wasm) = dX(cpu)', async () => {
      const run = () =>
        gradient(
          Conv2DBackpropInput,
          { dy: integers(outputShape), filter: integers(filterShape) },
          {
            ...common,
            inputShape: [...inputShape],
          },
        );
      expect(await on('wasm', run)).toEqual(await on('cpu', run));
    });

    it('dW(composed on wasm) = dW(cpu)', async () => {
      const run = () =>
        gradient(
          Conv2DBackpropFilter,
          { x: integers(inputShape), dy: integers(outputShape) },
          {
            ...common,
            filterShape: [...filterShape],
          },
        );
      expect(await on('wasm', run)).toEqual(await on('cpu', run));
    });
  },
);

async function on(name: string, run: () => Tensor): Promise<{ shape: number[]; values: number[] }> {
  await setBackend(name);
  const result = run();
  // -0 and 0 are the same here.
  return { shape: result.shape, values: [...(await result.data())].map((each) => each + 0) };
}

function gradient(kernelName: string, inputs: Record<string, Tensor4D>, attrs: NamedAttrMap): Tensor {
  return engine().runKernel(kernelName, inputs, attrs) as Tensor;
}

/** −3 … 3 in an irregular order. */
function integers(shape: readonly [number, number, number, number]): Tensor4D {
  const length = shape.reduce((all, each) => all * each, 1);
  return tensor<Rank.R4>(
    Float32Array.from({ length }, (_, index) => (((index * 37 + 11) % 101) % 7) - 3),
    [...shape],
  );
}
