import type { TrainState } from './trainState.js';

/** What {@link fit} yields; listeners make progress bars, logs and checkpoints of it. */
export type TrainEvent =
  | {
      readonly type: 'step';
      /** Steps done, this one included. */
      readonly step: number;
      /** Epoch of this step, from 0. */
      readonly epoch: number;
      readonly loss: number;
      /** Share of the batch's images classified correctly. */
      readonly accuracy: number;
      readonly learningRate: number;
      /** Images in the batch. */
      readonly images: number;
    }
  | {
      readonly type: 'epoch';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly accuracy: number;
    }
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly images: number;
      /** Classes that no image was given. */
      readonly neverPredicted: readonly number[];
    }
  /** The state is the loop's: save it before asking for the next event. */
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly epoch: number;
      readonly state: TrainState;
    };
