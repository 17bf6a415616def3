import { normalizeChannels } from '../augmentations/normalizeChannels.js';
import type { ChannelStatistics } from '../channelStatistics.js';
import { checkStatistics } from '../checkStatistics.js';
import type { Pipeline } from './pipeline.js';

/**
 * The pipeline without augmentation, for the statistics of a data set's training part: (x/255 − mean)/sd per channel,
 * in training and evaluation alike. Images may have any size and keep it. Draws no random numbers.
 *
 * @example
 * ```ts
 * const { train } = builtIn(1);
 * const pipeline = plain(channelStatistics(train));
 * ```
 *
 * @throws OptionError unless every mean is finite and every sd above 0
 */
export function plain(statistics: ChannelStatistics): Pipeline {
  checkStatistics('plain', statistics);
  const prepare: Pipeline['evaluate'] = (image) => normalizeChannels(image, statistics);
  return { name: 'plain', outputShape: (input) => input, train: prepare, evaluate: prepare };
}
