/** One step's input as plain arrays, from `@normlab/datasets` or any other source. */
export type Batch = {
  /** N·H·W·C values, channels last. */
  readonly images: Float32Array;
  /** N class numbers. */
  readonly labels: Int32Array;
  /** [N, H, W, C] */
  readonly shape: readonly [number, number, number, number];
};
