import {
  channelStatistics,
  crop24,
  type Dataset,
  type Pipeline,
  padCropFlip,
  plain,
} from '@normlab/datasets';
import type { Settings } from '../settings/settings.js';

/** The pipeline with the name used in settings, for a training set. */
export function makePipeline({ pipeline }: Settings, train: Dataset): Pipeline {
  switch (pipeline) {
    case 'crop-24':
      return crop24;
    case 'pad-crop-flip':
      return padCropFlip(channelStatistics(train));
    case 'plain':
      return plain(channelStatistics(train));
  }
}
