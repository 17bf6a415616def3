import { checkInteger } from './checkNumber.js';
import { countImages } from './countImages.js';
import type { Dataset } from './dataset.js';

/** Mean and standard deviation of the red, green and blue channel, on the 0–1 scale. */
export type ChannelStatistics = {
  readonly mean: readonly [number, number, number];
  readonly sd: readonly [number, number, number];
};

/**
 * Per-channel mean and standard deviation (biased) over all pixels of a data set, bytes taken as
 * fractions of 255.
 *
 * The sums of the bytes and of their squares are integers below 2⁵³, so they are exact; the order
 * of the images does not change a bit. For CIFAR-10's training part: mean .4914 .4822 .4465, sd
 * .2470 .2435 .2616.
 *
 * @throws OptionError for a data set without images; ShapeError if its parts do not fit together
 */
export function channelStatistics(dataset: Dataset): ChannelStatistics {
  checkInteger('channelStatistics', 'the number of images', countImages('channelStatistics', dataset), 1);
  const { images } = dataset;
  const pixels = images.length / 3;
  const ofChannel = (channel: number) => {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < images.length; i += 3) {
      const value = images[i]!;
      sum += value;
      squares += value * value;
    }
    const mean = sum / pixels;
    return { mean: mean / 255, sd: Math.sqrt(Math.max(0, squares / pixels - mean * mean)) / 255 };
  };
  const [red, green, blue] = [ofChannel(0), ofChannel(1), ofChannel(2)];
  return { mean: [red.mean, green.mean, blue.mean], sd: [red.sd, green.sd, blue.sd] };
}
