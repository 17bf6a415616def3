import { type NdArray, toTensor } from '@normlab/testing';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Arrays by name: the inputs of an operation, or directions to move them in. */
export type Arrays = Readonly<Record<string, NdArray>>;

/** One call of an operation, with its slow twin and what float32 may cost it. */
export type Operation = {
  /** The inputs with gradients, in order. */
  readonly inputs: Arrays;
  run(inputs: Readonly<Record<string, Tensor>>): Tensor;
  /** The same in naive float64. */
  reference(inputs: Arrays): NdArray;
  /** The largest errors that float32 explains, given the gradient of the output. */
  bounds(dy: NdArray): Bounds;
};

/** Largest absolute errors, element by element. */
export type Bounds = {
  readonly output: NdArray;
  readonly gradients: Arrays;
  /** Of a second directional derivative, for directions with elements up to 1. */
  readonly second: number;
};

/** The arrays as float32 tensors. */
export function tensorsOf(arrays: Arrays): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, toTensor(array)]));
}
