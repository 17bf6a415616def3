import type { Variables } from '@normlab/models';

/** All that a run carries from step to step; its tensors belong to whoever holds the newest one. */
export type TrainState = {
  readonly params: Variables;
  readonly stats: Variables;
  /** The optimizer's own variables, as in `conv1/kernel/velocity`. */
  readonly optimizer: Variables;
  /** Steps done. */
  readonly step: number;
};
