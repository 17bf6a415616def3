import type { ChannelStatistics } from '../channelStatistics.js';
import { checkStatistics } from '../checkStatistics.js';
import type { Image } from '../image.js';

/**
 * y = (x/255 − mean_c) / sd_c, per channel c, with statistics on the 0–1 scale.
 *
 * @throws OptionError unless every mean is finite and every sd above 0
 */
export function normalizeChannels({ values, shape }: Image, { mean, sd }: ChannelStatistics): Image {
  checkStatistics('normalizeChannels', { mean, sd });
  const normalized = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    normalized[i] = (values[i]! / 255 - mean[0]) / sd[0];
    normalized[i + 1] = (values[i + 1]! / 255 - mean[1]) / sd[1];
    normalized[i + 2] = (values[i + 2]! / 255 - mean[2]) / sd[2];
  }
  return { values: normalized, shape };
}
