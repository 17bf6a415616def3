import type { backend_util } from '@tensorflow/tfjs-core';
import { type MinimalFiltering, minimalFilterings } from './minimalFiltering.js';

/** Nanoseconds of a product, and of a transform for each value at the points. */
const productTime = 0.037;
const transformTime = 0.22;

/**
 * The way to do a convolution, or the one backward to its input, that takes the least time; undefined for the direct one.
 *
 * The number of images has no part in it: what comes of one does not depend on those beside it.
 */
export function fastestFiltering(
  conv: backend_util.Conv2DInfo,
  direction: 'forward' | 'backward',
): MinimalFiltering | undefined {
  const { strideHeight, strideWidth, inChannels, outChannels } = conv;
  const isSquare3 = conv.filterHeight === 3 && conv.filterWidth === 3 && strideHeight === strideWidth;
  const hasFullVectors = inChannels % 4 === 0 && outChannels % 4 === 0;
  if (!isSquare3 || !hasFullVectors) return undefined;
  const pairs = inChannels * outChannels;
  let leastTime = 9 * conv.outHeight * conv.outWidth * pairs * productTime;
  let best: MinimalFiltering | undefined;
  for (const each of minimalFilterings) {
    if (each.stride !== strideHeight || Math.min(inChannels, outChannels) < each.leastChannels) continue;
    const form = each[direction];
    const [read, written] = direction === 'forward' ? [inChannels, outChannels] : [outChannels, inChannels];
    const values = form.inputPoints ** 2 * read + form.outputPoints ** 2 * written;
    const tileTime = form.input.length ** 2 * pairs * productTime + values * transformTime;
    const time = tileCount(conv, direction, each) * tileTime;
    if (time >= leastTime) continue;
    leastTime = time;
    best = each;
  }
  return best;
}

/** Tiles of one image. At stride 2, tiles of the input begin before its edge: see the plan of the one backward. */
function tileCount(
  conv: backend_util.Conv2DInfo,
  direction: 'forward' | 'backward',
  { stride, [direction]: { output } }: MinimalFiltering,
): number {
  const { inHeight, inWidth, outHeight, outWidth, padInfo } = conv;
  const before = stride - 1;
  const height = direction === 'forward' ? outHeight : inHeight + before * padInfo.top;
  const width = direction === 'forward' ? outWidth : inWidth + before * padInfo.left;
  return Math.ceil(height / output.length) * Math.ceil(width / output.length);
}
