import { totalmem } from 'node:os';
import { usableCores } from '@normlab/backends/node';

/** The most memory that a run of the recipes for CPUs takes, that of the ResNets: see docs/evidence/cpu-recipes. */
const memoryOfRun = 2 * 2 ** 30;

/** As many runs at once as there are cores, or fewer if memory is short. */
export function defaultJobs(
  cores: number = usableCores(),
  memory: number = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY),
): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / memoryOfRun)));
}
