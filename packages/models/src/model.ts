import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ModelSpec } from './modelSpec.js';

/**
 * Variables: tensors by path, such as `conv1/kernel`. Counting, optimizers, checkpoints and logs
 * all use this form; keys are in the order of the network.
 */
export type Variables = Readonly<Record<string, Tensor>>;

/** A network as a pair of pure functions over flat records of variables. */
export type Model = {
  readonly spec: ModelSpec;
  /** The paths of the layers in the order in which outputs are computed: a residual after the layers in it. */
  readonly layers: readonly string[];
  /** New variables; the caller owns and disposes them. The same seed gives the same values. */
  init(seed: number): { params: Variables; stats: Variables };
  /** Logits [N, K] with the batch's statistics, and the running statistics updated with them. */
  applyTrain(
    params: Variables,
    stats: Variables,
    x: Tensor4D,
    options: { readonly seed: number },
  ): { logits: Tensor2D; stats: Variables };
  /** Logits [N, K] with the running statistics, without dropout. */
  applyInfer(params: Variables, stats: Variables, x: Tensor4D): Tensor2D;
  /** {@link Model.applyTrain}, and the outputs of the layers named in `taps`. */
  applyWith(
    params: Variables,
    stats: Variables,
    x: Tensor4D,
    options: { readonly seed: number; readonly taps: readonly string[] },
  ): { logits: Tensor2D; stats: Variables; taps: Variables };
};
