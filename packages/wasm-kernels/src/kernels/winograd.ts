import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';

const floatBytes = 4;
const points = 36;
/** Bytes of a tile halfway through a transform, and of the taps of a kernel beside it. */
const temporaryBytes = points * 16 + 9 * 16;
/** Tiles that are multiplied at once: enough rows for the product to run at full speed. */
const tilesWanted = 36;
/** Tiles of one image beyond which it is cut into strips. */
const mostTiles = 72;
/**
 * Memory for both transformed sides of the kernel's gradient, of the strips taken at once: about a core's second
 * cache, but more, up to what cores share, where the sums would be loaded and stored too often.
 */
const panelMemory = 2 ** 21;
const mostPanelMemory = 2 ** 23;
const depthWanted = 144;
/** Results computed for each one wanted, where tiles reach over the edge, beyond which nothing is gained. */
const mostWaste = 2;

/** A 3×3 convolution of stride 1, forward or backward to the input. */
export type WinogradPlan = {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly results: number;
  /** Where tap (0, 0) lies in the filter, and the floats to the next tap, channel and result. */
  readonly firstTap: number;
  readonly tapStep: number;
  readonly rowStep: number;
  readonly columnStep: number;
};

/** The forward convolution, or undefined where a direct one is faster. */
export function winogradForwardPlan(conv: backend_util.Conv2DInfo): WinogradPlan | undefined {
  if (!isWorthwhile(conv, conv.outHeight, conv.outWidth)) return undefined;
  return {
    images: conv.batchSize,
    height: conv.inHeight,
    width: conv.inWidth,
    channels: conv.inChannels,
    top: conv.padInfo.top,
    left: conv.padInfo.left,
    outHeight: conv.outHeight,
    outWidth: conv.outWidth,
    results: conv.outChannels,
    firstTap: 0,
    tapStep: conv.inChannels * conv.outChannels,
    rowStep: conv.outChannels,
    columnStep: 1,
  };
}

/** The convolution backward to its input: with the kernel turned by half a turn, its channel axes swapped. */
export function winogradBackwardPlan(conv: backend_util.Conv2DInfo): WinogradPlan | undefined {
  if (!isWorthwhile(conv, conv.inHeight, conv.inWidth)) return undefined;
  const tapFloats = conv.inChannels * conv.outChannels;
  return {
    images: conv.batchSize,
    height: conv.outHeight,
    width: conv.outWidth,
    channels: conv.outChannels,
    top: 2 - conv.padInfo.top,
    left: 2 - conv.padInfo.left,
    outHeight: conv.inHeight,
    outWidth: conv.inWidth,
    results: conv.inChannels,
    firstTap: 8 * tapFloats,
    tapStep: -tapFloats,
    rowStep: 1,
    columnStep: conv.outChannels,
  };
}

/** Runs a planned convolution from one address to another. */
export function runWinograd(
  runtime: KernelRuntime,
  plan: WinogradPlan,
  source: number,
  filter: number,
  target: number,
): void {
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = plan;
  const panels = Math.ceil(results / 8);
  const transformed = runtime.heap.allocate(points * oddLines(panels * channels * 8 * floatBytes));
  const { rows, strips, tiles, framePixels } = stripsOf(outHeight, outWidth);
  const imagesAtOnce = Math.min(
    Math.ceil(tilesWanted / (tiles * strips)),
    Math.ceil(images / (runtime.threads === 1 ? 1 : 2 * runtime.threads)),
  );
  const sideBytes = (depth: number) => points * oddLines(tiles * imagesAtOnce * depth * floatBytes);
  try {
    runtime.run({
      kernel: 'winogradFilter',
      words: [
        filter + plan.firstTap * floatBytes,
        transformed,
        channels,
        results,
        plan.tapStep * floatBytes,
        plan.rowStep * floatBytes,
        plan.columnStep * floatBytes,
      ],
      tasks: panels,
      scratchBytes: temporaryBytes,
    });
    runtime.run({
      kernel: 'winogradConvolve',
      words: [
        ...[source, target, transformed, images, imagesAtOnce],
        ...[height, width, channels, top, left, outHeight, outWidth, results, rows, strips],
      ],
      tasks: Math.ceil(images / imagesAtOnce) * strips,
      scratchBytes:
        temporaryBytes + 128 + framePixels * channels * floatBytes + sideBytes(channels) + sideBytes(results),
    });
  } finally {
    runtime.heap.free(transformed);
  }
}

/** Runs the gradient by the kernel, if that is faster than the direct one; says whether it did. */
export function runWinogradFilterGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  filter: number,
): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = conv;
  if (!isWorthwhile(conv, outHeight, outWidth)) return false;
  const { rows, strips, tiles, framePixels } = stripsOf(outHeight, outWidth);
  const channelPanels = inChannels / 4;
  const resultPanels = Math.ceil(outChannels / 8);
  const stripBytes = points * tiles * (16 * channelPanels + 32 * resultPanels);
  const atOnce = Math.min(
    batchSize * strips,
    Math.max(Math.ceil(depthWanted / tiles), Math.floor(panelMemory / stripBytes)),
    Math.max(1, Math.floor(mostPanelMemory / stripBytes)),
  );
  const xPanelBytes = points * oddLines(atOnce * tiles * channelPanels * 16);
  const dyPanelBytes = points * oddLines(atOnce * tiles * resultPanels * 32);
  const sumBytes = points * oddLines(resultPanels * channelPanels * 128);
  const sums = runtime.heap.allocate(sumBytes + xPanelBytes + dyPanelBytes);
  const xPanels = sums + sumBytes;
  const dyPanels = xPanels + xPanelBytes;
  try {
    for (let first = 0; first < batchSize * strips; first += atOnce) {
      const present = Math.min(atOnce, batchSize * strips - first);
      runtime.run({
        kernel: 'winogradBackPanels',
        words: [
          ...[x, dy, xPanels, dyPanels, present, inHeight, inWidth, inChannels, padInfo.top, padInfo.left],
          ...[outHeight, outWidth, outChannels, rows, strips, first],
        ],
        tasks: present,
        scratchBytes: temporaryBytes + framePixels * Math.max(inChannels, outChannels) * floatBytes,
      });
      runtime.run({
        kernel: 'winogradBackProducts',
        words: [xPanels, dyPanels, sums, tiles * present, channelPanels, resultPanels, first === 0 ? 1 : 0],
        tasks: points,
      });
    }
    runtime.run({
      kernel: 'winogradBackFilter',
      words: [sums, filter, inChannels, outChannels],
      tasks: resultPanels,
      scratchBytes: temporaryBytes,
    });
  } finally {
    runtime.heap.free(sums);
  }
  return true;
}

function isWorthwhile(conv: backend_util.Conv2DInfo, height: number, width: number): boolean {
  const isPlain3x3 =
    conv.filterHeight === 3 && conv.filterWidth === 3 && conv.strideHeight === 1 && conv.strideWidth === 1;
  const hasFullVectors = conv.inChannels % 4 === 0 && conv.outChannels % 4 === 0;
  return isPlain3x3 && hasFullVectors && 16 * tileCount(height, width) <= mostWaste * height * width;
}

/** Images cut into strips of whole rows of tiles: small ones are one strip, the transforms of large ones stay small. */
function stripsOf(height: number, width: number) {
  const tileRows = Math.ceil(height / 4);
  const tileColumns = Math.ceil(width / 4);
  const strips = Math.ceil(tileRows / Math.max(1, Math.floor(mostTiles / tileColumns)));
  const rows = Math.ceil(tileRows / strips);
  return {
    rows,
    strips: Math.ceil(tileRows / rows),
    tiles: rows * tileColumns,
    framePixels: (4 * rows + 2) * (4 * tileColumns + 2),
  };
}

/** The next odd number of cache lines, as in `assembly/words.ts`. */
function oddLines(bytes: number): number {
  return 64 * (2 * Math.floor(Math.ceil(bytes / 64) / 2) + 1);
}

function tileCount(height: number, width: number): number {
  return Math.ceil(height / 4) * Math.ceil(width / 4);
}
