import { OptionError } from '@normlab/errors';
import { commandLine } from '../settings/checkOptions.js';

/**
 * The steps of a run that `--epochs` describes.
 *
 * @throws OptionError if they are too many for `config.json`, which could not be read again
 */
export function stepsOfEpochs(epochs: number, stepsPerEpoch: number): number {
  const most = Math.floor(Number.MAX_SAFE_INTEGER / stepsPerEpoch);
  if (epochs <= most) return epochs * stepsPerEpoch;
  const rule = `be at most ${most}, so that all steps can be counted`;
  throw new OptionError({ where: commandLine.where, what: commandLine.nameOf('epochs'), rule, got: epochs });
}
