/** Name of a pointwise non-linearity. */
export type ActivationName = 'relu' | 'prelu' | 'tanh';

/** Convolution, NHWC, kernel [kh, kw, in, out], TensorFlow's SAME or VALID padding. */
export type ConvSpec = {
  readonly type: 'conv';
  readonly name: string;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly bias: boolean;
};

/** Batch norm over N·H·W; a gain or bias that is not learned is fixed at 1 or 0. */
export type NormSpec = {
  readonly type: 'norm';
  readonly name: string;
  readonly gain: boolean;
  readonly bias: boolean;
  readonly epsilon: number;
  readonly decay: number;
};

/** y = scale·x + offset, both learned, one of each a channel; what folding leaves of a norm that follows no conv. */
export type AffineSpec = { readonly type: 'affine'; readonly name: string };

/** Pointwise non-linearity; `prelu` learns one slope a channel. */
export type ActivationSpec = {
  readonly type: 'activation';
  readonly name: string;
  readonly kind: ActivationName;
};

/**
 * Max or average pool: `same` as TensorFlow pads, `valid`, or `ceil`, where a last window that reaches over the
 * lower or right edge still counts as long as it begins inside.
 *
 * What lies outside the picture takes no part: it is −∞ for a max pool, and an average pool divides by the number
 * of pixels that are really there (PyTorch's `count_include_pad=False`; Caffe would divide by the padded size).
 */
export type PoolSpec = {
  readonly type: 'pool';
  readonly name: string;
  readonly kind: 'max' | 'average';
  readonly size: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid' | 'ceil';
};

/** Drops activations at random in training and scales the others by 1/(1 − dropRate). */
export type DropoutSpec = { readonly type: 'dropout'; readonly name: string; readonly dropRate: number };

/** Mean over H and W. */
export type GlobalPoolSpec = { readonly type: 'globalPool'; readonly name: string };

/** Fully connected layer on [N, C]. */
export type DenseSpec = {
  readonly type: 'dense';
  readonly name: string;
  readonly units: number;
  readonly bias: boolean;
};

/**
 * x ↦ layers(x) + shortcut(x), the shortcut without parameters: an average pool of size and stride s, where s is
 * the product of the strides inside, then zero channels after the real ones.
 *
 * The layers inside are called by their path: `conv1` in the residual `stage1/block1` is `stage1/block1/conv1`.
 */
export type ResidualSpec = {
  readonly type: 'residual';
  readonly name: string;
  readonly layers: readonly LayerSpec[];
};

export type LayerSpec =
  | ConvSpec
  | NormSpec
  | AffineSpec
  | ActivationSpec
  | PoolSpec
  | DropoutSpec
  | GlobalPoolSpec
  | DenseSpec
  | ResidualSpec;

/** A network as plain JSON data. */
export type ModelSpec = {
  readonly name: string;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  /** K */
  readonly classes: number;
  readonly layers: readonly LayerSpec[];
};
