import type { AbsoluteCheck } from './absoluteCheck.js';
import { batchNormCheck } from './batchNormCheck.js';
import { convolutionCheck } from './convolutionCheck.js';
import { crossEntropyCheck } from './crossEntropyCheck.js';
import { headCheck } from './headCheck.js';
import { poolCheck } from './poolCheck.js';
import { preluCheck } from './preluCheck.js';
import { standardizeCheck } from './standardizeCheck.js';
import { trainingStepChecks } from './trainingStepChecks.js';

/** Every absolute check, from single operations to whole training steps. */
export const absoluteChecks: readonly AbsoluteCheck[] = [
  crossEntropyCheck,
  standardizeCheck,
  batchNormCheck,
  convolutionCheck,
  poolCheck,
  preluCheck,
  headCheck,
  ...trainingStepChecks,
];
