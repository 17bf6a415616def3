import type { NetworkName, Placement } from '@normlab/models';

/** One training step on random images: gradients, SGD with momentum and L2, loss read back. */
export type StepWorkload = {
  readonly kind: 'step';
  /** ALL-CNN on 24×24 images by default; only our own peer has the others, on 32×32. */
  readonly network?: NetworkName;
  readonly width: number;
  readonly batch: number;
  readonly norm: Placement;
};

/** One inference of ALL-CNN with folded norms; the logits are read back. */
export type InferenceWorkload = {
  readonly kind: 'inference';
  readonly width: number;
  readonly batch: number;
  /** The same network, for peers that read ONNX. */
  readonly onnxFile: string;
};

/** One training step of a small MobileNet of layers of tf.layers, on square images; the loss is read back. */
export type LayersStepWorkload = {
  readonly kind: 'layers-step';
  readonly width: number;
  readonly batch: number;
  readonly size: number;
};

/** Standardizing over all axes but the last, forward and backward. */
export type StandardizeWorkload = {
  readonly kind: 'standardize';
  readonly shape: readonly [number, number, number, number];
};

/** The passes of a convolution: forward, and the gradients with respect to its input and its filter. */
export type ConvPass = 'forward' | 'backprop-input' | 'backprop-filter';

/** One pass of a convolution with `same` padding on square images. */
export type ConvWorkload = {
  readonly kind: 'conv';
  readonly pass: ConvPass;
  readonly batch: number;
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly from: number;
  readonly to: number;
};

/** Copies of `tensors` tensors of `floats` floats, divided among the threads. */
export type CopyWorkload = { readonly kind: 'copy'; readonly floats: number; readonly tensors: number };

/** Multiply-adds in registers only, on every thread. */
export type MultiplyAddWorkload = { readonly kind: 'multiply-add'; readonly rounds: number };

/** A word goes to another thread and back, so many times: each waits until the other has changed it. */
export type RoundTripsWorkload = { readonly kind: 'round-trips'; readonly count: number };

/** The product of two square matrices. */
export type MatMulWorkload = { readonly kind: 'matmul'; readonly size: number };

/** The workloads of a peer. */
export type Workload =
  | StepWorkload
  | InferenceWorkload
  | LayersStepWorkload
  | StandardizeWorkload
  | ConvWorkload
  | CopyWorkload
  | MultiplyAddWorkload
  | RoundTripsWorkload
  | MatMulWorkload;

/** Floating-point operations of a step's multiply-adds in {@link MultiplyAddWorkload}: see `assembly/`. */
export function multiplyAddFlops({ rounds }: MultiplyAddWorkload, threads: number): number {
  return rounds * 10 * 4 * 2 * threads;
}

/** Floating-point operations of a direct convolution, padding included: the same for all three passes. */
export function convFlops({ batch, size, kernel, stride, from, to }: ConvWorkload): number {
  return 2 * batch * Math.ceil(size / stride) ** 2 * kernel ** 2 * from * to;
}

/** Bytes of images, results and filter: each pass reads two of them and writes the third. */
export function convBytes({ batch, size, kernel, stride, from, to }: ConvWorkload): number {
  const results = Math.ceil(size / stride) ** 2 * to;
  return 4 * (batch * (size ** 2 * from + results) + kernel ** 2 * from * to);
}
