export type { Batch } from './batch.js';
export type { Optimizer, Schedule } from './optimizer.js';
export type { TrainEvent } from './trainEvent.js';
export type { TrainState } from './trainState.js';
