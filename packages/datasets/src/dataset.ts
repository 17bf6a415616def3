/** Labelled colour images, all of one size. */
export type Dataset = {
  /** N·H·W·3 bytes, RGB, channels last. */
  readonly images: Uint8Array;
  /** N class numbers in [0, K). */
  readonly labels: Uint8Array;
  /** [H, W, 3] of one image. */
  readonly shape: readonly [number, number, 3];
  /** The K class names; a label is an index into them. */
  readonly classes: readonly string[];
};

/** A data set in two parts: training and test. */
export type SplitDataset = { readonly train: Dataset; readonly test: Dataset };
