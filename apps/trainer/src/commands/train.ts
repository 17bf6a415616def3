import type { Flags } from '../settings/readOptions.js';
import { openTerminal } from '../terminal/terminal.js';
import { readTrainRequest } from '../training/trainRequest.js';

/** `normlab train`: trains a network, or resumes a run. @returns the exit status */
export async function train(flags: Flags): Promise<number> {
  const request = await readTrainRequest(flags);
  const { carryOut } = await import('../training/carryOut.js');
  return carryOut(request, openTerminal(flags));
}
