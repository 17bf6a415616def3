import type { backend_util } from '@tensorflow/tfjs-core';
import { filterSide, type WinogradVariant, winogradVariants } from './winogradVariants.js';

/**
 * Nanoseconds per product, per value at the points (transforms), per tile, and per pixel of the direct convolution; fitted
 * to images of 3×3 to 32×32 and 4 to 192 channels.
 */
const productTime = 0.037;
const valueTime = 0.3;
const tileTime = 80;
const pixelTime = 10;

/**
 * The fastest variant for a convolution, or for its gradient with respect to the input; undefined for the direct
 * algorithm.
 *
 * The choice does not depend on the number of images, so the result for an image does not depend on the other images of
 * the batch.
 */
export function fastestWinogradVariant(
  conv: backend_util.Conv2DInfo,
  direction: 'forward' | 'backward',
): WinogradVariant | undefined {
  const { strideHeight, strideWidth, filterHeight, filterWidth, inChannels, outChannels } = conv;
  const isSquare = filterHeight === filterWidth && strideHeight === strideWidth;
  const hasFullVectors = inChannels % 4 === 0 && outChannels % 4 === 0;
  if (!isSquare || !hasFullVectors) return undefined;
  // At stride 2, the first tile of the gradient begins `top` rows above the image: below its first rows where padding
  // crops.
  const isCropped = Math.min(conv.padInfo.top, conv.padInfo.left) < 0;
  if (isCropped && strideHeight > 1 && direction === 'backward') return undefined;
  const [read, written] = direction === 'forward' ? [inChannels, outChannels] : [outChannels, inChannels];
  // Results are computed in panels of eight, pixels in groups of four.
  const pairTime = read * 8 * Math.ceil(written / 8) * productTime;
  let leastTime =
    4 * Math.ceil((conv.outHeight * conv.outWidth) / 4) * (filterHeight ** 2 * pairTime + pixelTime);
  let best: WinogradVariant | undefined;
  for (const each of winogradVariants) {
    if (each.stride !== strideHeight || filterSide(each) !== filterHeight) continue;
    if (Math.min(inChannels, outChannels) < each.leastChannels) continue;
    const form = each[direction];
    const values = form.inputPoints ** 2 * read + form.outputPoints ** 2 * written;
    const timeOfTile = form.input.length ** 2 * pairTime + values * valueTime + tileTime;
    const time = tileCount(conv, direction, each) * timeOfTile;
    if (time >= leastTime) continue;
    leastTime = time;
    best = each;
  }
  return best;
}

/** Tiles of one image. At stride 2, tiles of the input begin before its edge: see the plan of the gradient. */
function tileCount(
  conv: backend_util.Conv2DInfo,
  direction: 'forward' | 'backward',
  { stride, [direction]: { output } }: WinogradVariant,
): number {
  const { inHeight, inWidth, outHeight, outWidth, padInfo } = conv;
  const before = stride - 1;
  const height = direction === 'forward' ? outHeight : inHeight + before * padInfo.top;
  const width = direction === 'forward' ? outWidth : inWidth + before * padInfo.left;
  return Math.ceil(height / output.length) * Math.ceil(width / output.length);
}
