import { availableParallelism, totalmem } from 'node:os';

/** What one run on wasm takes at most, but for ResNet-101 (1.9 GiB): see docs/evidence/cpu-recipes. */
const memoryOfRun = 1.2 * 2 ** 30;

/** As many runs at once as there are cores, or fewer where memory does not allow as many. */
export function defaultJobs(
  cores: number = availableParallelism(),
  memory: number = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY),
): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / memoryOfRun)));
}
