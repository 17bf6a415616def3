import type { Progress } from './panels/trainingPanel.js';
import type { Length } from './worker/runFiles.js';

/** Whether nothing of a run is left to do: neither a step, nor the evaluation after the last step. */
export function isDone(
  { step, test }: Pick<Progress, 'step' | 'test'>,
  { steps }: Pick<Length, 'steps'>,
): boolean {
  return step >= steps && test?.step === step;
}
