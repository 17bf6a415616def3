import { type ChannelStatistics, channelStatistics, type Dataset } from '@normlab/datasets';
import { DataError } from '@normlab/errors';
import type { Settings } from '../settings/settings.js';

const channels = ['red', 'green', 'blue'];

/**
 * Mean and standard deviation of the training images, for a pipeline that normalizes by them.
 *
 * @throws DataError if a channel has the same value everywhere, so that nothing can be divided by its standard deviation
 */
export function trainStatistics(train: Dataset, { pipeline }: Pick<Settings, 'pipeline'>): ChannelStatistics {
  const statistics = channelStatistics(train);
  const constant = statistics.sd.indexOf(0);
  if (constant === -1) return statistics;
  throw new DataError({
    where: 'normlab train',
    what: `the ${channels[constant]} channel of the training images`,
    rule: `vary, as --pipeline ${pipeline} divides by its standard deviation`,
    got: `${train.images[constant]} everywhere`,
    hint: '--pipeline crop-24 divides each image by that of all its channels',
  });
}
