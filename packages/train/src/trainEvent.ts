import type { Variables } from '@normlab/models';
import type { TrainState } from './trainState.js';

/** The events that {@link fit} yields; listeners turn them into progress bars, logs and checkpoints. */
export type TrainEvent =
  | {
      readonly type: 'step';
      /** Steps done, including this one. */
      readonly step: number;
      /** The epoch of this step, from 0. */
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
  /** The change of the parameters in a step. The loop owns the tensors: read them before requesting the next event. */
  | {
      readonly type: 'update';
      readonly step: number;
      readonly epoch: number;
      readonly learningRate: number;
      /** The parameters before the step. */
      readonly before: Variables;
      /** ∂loss/∂param at `before`, by path, before clipping and L2. */
      readonly gradients: Variables;
      /** The parameters after the step. */
      readonly after: Variables;
    }
  /** The loop owns the state: save it before requesting the next event. */
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly epoch: number;
      readonly state: TrainState;
    };
