import { type ChannelStatistics, channelStatistics } from '@normlab/datasets';
import type { LoadListener } from '../fromSettings/data.js';
import { reloadData, withValidation } from '../fromSettings/data.js';
import { checkSameData, summarizeData } from './datasetSummary.js';
import type { RunConfig } from './runConfig.js';

/**
 * Mean and standard deviation of a run's training images, by which its pipeline normalizes; undefined for a pipeline
 * that needs none. Only then are the data read.
 *
 * @param data the folder of the data if it is another than the run's
 * @throws DataError if the data are missing or differ from the run's
 */
export async function readStatistics(
  where: string,
  { settings, dataset }: RunConfig,
  { data, listener }: { readonly data: string | undefined; readonly listener: LoadListener },
): Promise<ChannelStatistics | undefined> {
  if (settings.pipeline === 'crop-24') return undefined;
  const whole = await reloadData({ ...settings, ...(data !== undefined && { data }) }, listener);
  checkSameData(where, dataset, summarizeData(whole));
  return channelStatistics(withValidation(whole, settings).train);
}
