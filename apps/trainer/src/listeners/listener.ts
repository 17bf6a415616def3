import type { TrainEvent } from '@normlab/train';

/** Handles a run's events one by one; the next step waits for it. */
export type Listener = (event: TrainEvent) => void | Promise<void>;
