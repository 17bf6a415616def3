/** The input of one training step, as plain arrays: the training loop makes the tensors. */
export type Batch = {
  /** N·H·W·C values, channels last. */
  readonly images: Float32Array;
  /** N class numbers. */
  readonly labels: Int32Array;
  /** [N, H, W, C] */
  readonly shape: readonly [number, number, number, number];
};
