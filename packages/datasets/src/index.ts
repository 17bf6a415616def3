export type { Batch } from './batch.js';
export type { Dataset, SplitDataset } from './dataset.js';
