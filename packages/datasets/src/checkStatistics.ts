import { OptionError } from '@normlab/errors';
import type { ChannelStatistics } from './channelStatistics.js';

/** @throws OptionError unless there are three finite means and three finite sds above 0 */
export function checkStatistics(where: string, { mean, sd }: ChannelStatistics): void {
  // JavaScript may leave either out.
  const [means, sds] = [Array.from(mean ?? []), Array.from(sd ?? [])];
  if (means.length !== 3 || !means.every(Number.isFinite)) {
    const rule = 'hold three finite numbers';
    throw new OptionError({ where, what: 'mean', rule, got: means.map(String) });
  }
  if (sds.length !== 3 || !sds.every((each) => Number.isFinite(each) && each > 0)) {
    throw new OptionError({
      where,
      what: 'sd',
      rule: 'hold three numbers above 0',
      got: sds.map(String),
      hint: 'it is 0 if a channel has the same value everywhere in all images',
    });
  }
}
