import type { Variables } from '@normlab/models';

/**
 * A pure gradient transformation: variables in, new variables out.
 *
 * `update` disposes nothing and returns only new tensors; the caller owns its arguments and its result.
 *
 * The state is a flat record. Checkpoints store it if each of its tensors belongs to a variable: its name is
 * `<path>/<name>` with the variable's path, as in `conv1/kernel/velocity`, its type float32, and its shape the variable's.
 * What depends on the number of steps is computed from `step`, the steps done, and needs no state.
 */
export type Optimizer = {
  init(params: Variables): Variables;
  update(
    grads: Variables,
    state: Variables,
    params: Variables,
    step: number,
  ): { params: Variables; state: Variables };
  /** The learning rate of a step, for logs and errors. */
  learningRate(step: number): number;
};

/** A number that depends on the steps done, as a learning rate does; optimizers refuse it unless it is finite and ≥ 0. */
export type Schedule = (step: number) => number;
