import { type ChannelStatistics, crop24, type Pipeline, padCropFlip, plain } from '@normlab/datasets';
import type { Settings } from '../settings/settings.js';

/**
 * The pipeline with the name used in settings.
 *
 * @param statistics those of the training set; called only for a pipeline that needs them
 */
export function makePipeline({ pipeline }: Settings, statistics: () => ChannelStatistics): Pipeline {
  switch (pipeline) {
    case 'crop-24':
      return crop24;
    case 'pad-crop-flip':
      return padCropFlip(statistics());
    case 'plain':
      return plain(statistics());
  }
}
