export { type CheckpointMeta, checkpointFileName, checkpointNoteName } from './checkpoint/checkpointFile.js';
export { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from './checkpoint/loadCheckpoint.js';
export { saveCheckpoint } from './checkpoint/saveCheckpoint.js';
