import type { FusedKernelName } from '@normlab/kernels';
import { arrayOf, type NdArray, toTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { standardize } from '../reference/standardize.js';
import { acrossAxes } from '../reference/standardizeSets.js';

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
      const { y, mean, variance } = standardize(arrayFrom(x!), axes, epsilon);
      const kept = x!.shape.filter((_, axis) => !axes.includes(axis));
      return [toTensor(y), tf.tensor(mean, kept), tf.tensor(variance, kept)];
    }),
    noted('NormlabStandardizeGrad', ({ dy, y, variance }, { axes, epsilon }) => {
      const upstream = arrayFrom(dy!);
      const output = arrayFrom(y!);
      const kept = variance!.shape;
      const products = arrayOf(dy!.shape, (_, i) => upstream.values[i]! * output.values[i]!);
      const means = standardize(upstream, axes, epsilon).mean;
      const slopes = standardize(products, axes, epsilon).mean;
      const setOf = acrossAxes(axes, dy!.rank);
      const sets = new Map<string, number>();
      const variances = variance!.dataSync();
      const dx = arrayOf(dy!.shape, (at, i) => {
        const name = setOf(at);
        const set = sets.get(name) ?? sets.size;
        sets.set(name, set);
        const bracket = upstream.values[i]! - means[set]! - output.values[i]! * slopes[set]!;
        return bracket / Math.sqrt(variances[set]! + epsilon);
      });
      return [toTensor(dx), tf.tensor(means, kept), tf.tensor(slopes, kept)];
    }),
  ];
  return () => {
    for (const remove of removers) remove();
  };
}

function arrayFrom(tensor: tf.Tensor): NdArray {
  return { shape: tensor.shape, values: Float64Array.from(tensor.dataSync()) };
}
