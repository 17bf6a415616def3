import type { FusedKernelName } from '@normlab/kernels';
import { type NdArray, toTensor, twins } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';

/** The arguments of a kernel call. */
export type Call = {
  readonly kernel: string;
  readonly attrs: unknown;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
};

type Attrs = { axes: number[]; epsilon: number };

/**
 * Registers slow kernels built from the float64 twin, which record their calls; returns a function that removes them.
 */
export function registerTwins(backendName: string, calls: Call[]): () => void {
  const noted = (
    kernel: FusedKernelName,
    compute: (inputs: tf.NamedTensorMap, attrs: Attrs) => tf.Tensor[],
  ) => {
    tf.registerKernel({
      kernelName: kernel,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const tensors = inputs as tf.NamedTensorMap;
        const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
        calls.push({ kernel, attrs, shapes });
        return compute(tensors, attrs as Attrs);
      },
    });
    return () => tf.unregisterKernel(kernel, backendName);
  };
  const removers = [
    noted('NormlabStandardize', ({ x }, { axes, epsilon }) => {
      const { y, mean, variance } = twins.standardize(arrayFrom(x!), axes, epsilon);
      return [y, mean, variance].map(toTensor);
    }),
    noted('NormlabStandardizeGrad', ({ dy, y, variance }, { axes, epsilon }) => {
      const [upstream, output, spread] = [dy!, y!, variance!].map(arrayFrom) as [NdArray, NdArray, NdArray];
      const { dx, mean, slope } = twins.standardizeGradient(upstream, output, spread, axes, epsilon);
      return [dx, mean, slope].map(toTensor);
    }),
  ];
  return () => {
    for (const remove of removers) remove();
  };
}

function arrayFrom(tensor: tf.Tensor): NdArray {
  return { shape: tensor.shape, values: Float64Array.from(tensor.dataSync()) };
}
