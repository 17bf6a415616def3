export { type CheckpointMeta, checkpointFileName, checkpointNoteName } from './checkpoint/checkpointFile.js';
export type { Checkpoint } from './checkpoint/decodeCheckpoint.js';
export { type LoadCheckpointOptions, loadCheckpoint } from './checkpoint/loadCheckpoint.js';
export { saveCheckpoint } from './checkpoint/saveCheckpoint.js';
