import {
  channelStatistics,
  type Dataset,
  normalizeChannels,
  type Pipeline,
  padCropFlip,
  tutorial24,
} from '@normlab/datasets';
import type { Settings } from '../settings/settings.js';

/** How pictures become input, by the name that settings have for it, for a training set. */
export function makePipeline({ pipeline }: Settings, train: Dataset): Pipeline {
  switch (pipeline) {
    case 'crop-24':
      return tutorial24;
    case 'pad-crop-flip':
      return padCropFlip(channelStatistics(train));
    case 'plain':
      return plain(train);
  }
}

/** Pictures of any size, nothing done to them but (x/255 − mean)/sd per channel. */
function plain(train: Dataset): Pipeline {
  const statistics = channelStatistics(train);
  const prepare: Pipeline['evaluate'] = (image) => normalizeChannels(image, statistics);
  return { name: 'plain', outputShape: (input) => input, train: prepare, evaluate: prepare };
}
