import type { Model, Variables } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import { clone, dispose, type Tensor, type TensorContainer, tensor_util } from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.js';

/** Sums over the images of the unfinished epoch, for its mean loss and accuracy. */
export type EpochProgress = {
  /** Σ of each batch's mean loss times its size. */
  readonly loss: number;
  /** Images classified correctly. */
  readonly correct: number;
  readonly images: number;
};

/** The state that a run carries from step to step; whoever holds the newest state owns its tensors. */
export type TrainState = {
  readonly params: Variables;
  readonly stats: Variables;
  /** The optimizer's own variables, as in `conv1/kernel/velocity`: see {@link Optimizer}. */
  readonly optimizer: Variables;
  /** Steps done. */
  readonly step: number;
  /** Set by {@link fit} while an epoch, or its evaluation and checkpoint, is unfinished. */
  readonly progress?: EpochProgress;
};

/**
 * The state before the first step: variables from `deriveSeed(seed, 'init')`, the optimizer's state from its `init`.
 *
 * The caller owns it.
 *
 * @throws OptionError unless the seed is an integer in [0, 2³²)
 */
export function initState(model: Model, optimizer: Optimizer, seed: number): TrainState {
  const { params, stats } = model.init(deriveSeed(seed, 'init'));
  return { params, stats, optimizer: optimizer.init(params), step: 0 };
}

/** The same values as new tensors (the memory is shared, not copied); the caller owns them. */
export function cloneState(state: TrainState): TrainState {
  return {
    ...state,
    params: cloneAll(state.params),
    stats: cloneAll(state.stats),
    optimizer: cloneAll(state.optimizer),
  };
}

/** Disposes all tensors of a state, except those that `kept` also holds. */
export function disposeState(state: TrainState, kept?: TrainState): void {
  disposeNew(tensorsOf(state), kept);
}

/** Disposes the tensors of what was computed from a state, but not the state's own, which a model may pass on. */
export function disposeNew(computed: TensorContainer, state?: TrainState): void {
  const own = new Set(state === undefined ? [] : tensorsOf(state));
  dispose(tensor_util.getTensorsInContainer(computed).filter((tensor) => !own.has(tensor)));
}

function tensorsOf({ params, stats, optimizer }: TrainState): Tensor[] {
  return [params, stats, optimizer].flatMap((group) => Object.values(group));
}

function cloneAll(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).map(([path, tensor]) => [path, clone(tensor)]));
}
