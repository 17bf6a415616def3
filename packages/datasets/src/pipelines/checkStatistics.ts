import { OptionError } from '@normlab/errors';
import type { ChannelStatistics } from '../channelStatistics.js';

/** @throws OptionError unless every mean is finite and every sd finite and above 0 */
export function checkStatistics(where: string, { mean, sd }: ChannelStatistics): void {
  if (!mean.every(Number.isFinite)) {
    const rule = 'hold three finite numbers';
    throw new OptionError({ where, what: 'mean', rule, got: [...mean].map(String) });
  }
  if (!sd.every((each) => Number.isFinite(each) && each > 0)) {
    throw new OptionError({
      where,
      what: 'sd',
      rule: 'hold three numbers above 0',
      got: [...sd].map(String),
      hint: 'it is 0 if a channel has the same value everywhere in all images',
    });
  }
}
