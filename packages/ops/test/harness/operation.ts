import { type NdArray, toTensor } from '@normlab/testing';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Arrays by name: the inputs of an operation, or directions to move them in. */
export type Arrays = Readonly<Record<string, NdArray>>;

/** One call of an operation, with its slow twin and its float32 error bounds. */
export type Operation = {
  /** The inputs with gradients, in order. */
  readonly inputs: Arrays;
  run(inputs: Readonly<Record<string, Tensor>>): Tensor;
  /** The same in naive float64. */
  reference(inputs: Arrays): NdArray;
  /** Bounds on the float32 errors, given the gradient of the output. */
  bounds(dy: NdArray): Bounds;
};

/** Largest absolute errors, element by element. */
export type Bounds = {
  readonly output: NdArray;
  readonly gradients: Arrays;
  /** For a second directional derivative, with directions whose elements are at most 1. */
  readonly second: number;
};

/** The arrays as float32 tensors. */
export function tensorsOf(arrays: Arrays): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, toTensor(array)]));
}
