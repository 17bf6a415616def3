import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fastestFiltering } from './fastestFiltering.js';
import { tileGrid } from './tileGrid.js';
import { halfwayBytes, oddLines } from './winograd.js';

const floatBytes = 4;
/**
 * Memory for both transformed sides of the strips taken at once: about a core's second cache, but more, up to what cores
 * share, where the sums would be loaded and stored too often.
 */
const panelMemory = 2 ** 21;
const mostPanelMemory = 2 ** 23;
const depthWanted = 64;
/** Tiles of a panel of x that lie in one line of the cache. */
const tilesOfLine = 4;

/** Runs the gradient by the kernel through transforms, if that is faster than directly; says whether it did. */
export function runWinogradFilterGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  filter: number,
): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = conv;
  const filtering = fastestFiltering(conv, 'forward');
  if (filtering === undefined) return false;
  const form = filtering.forward;
  const { inputPoints, outputPoints } = form;
  const points = form.input.length;
  const { tileColumns, rows, strips, tiles, framePixels } = tileGrid(form, outHeight, outWidth);
  const channelPanels = inChannels / 4;
  const resultPanels = Math.ceil(outChannels / 8);
  const stripBytes = tiles * (inputPoints ** 2 * 16 * channelPanels + outputPoints ** 2 * 32 * resultPanels);
  const atOnce = Math.min(
    batchSize * strips,
    Math.max(Math.ceil(depthWanted / tiles), Math.floor(panelMemory / stripBytes)),
    Math.max(1, Math.floor(mostPanelMemory / stripBytes)),
  );
  const stripsInTask = Math.ceil(tilesOfLine / tiles);
  const xPanelBytes = inputPoints ** 2 * oddLines(atOnce * tiles * channelPanels * 16);
  const dyPanelBytes = outputPoints ** 2 * oddLines(atOnce * tiles * resultPanels * 32);
  const sumBytes = points ** 2 * oddLines(resultPanels * channelPanels * 128);
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
          ...[outHeight, outWidth, outChannels, rows, strips, first, tileColumns],
          ...[form.inputKind, form.input[0]!.length, form.inputStep, inputPoints],
          ...[filtering.gradientKind, form.output.length, outputPoints, stripsInTask],
        ],
        tasks: Math.ceil(present / stripsInTask),
        scratchBytes:
          halfwayBytes + stripsInTask * framePixels * Math.max(inChannels, outChannels) * floatBytes,
      });
      runtime.run({
        kernel: 'winogradBackProducts',
        words: [
          ...[xPanels, dyPanels, sums, tiles * present, channelPanels, resultPanels, first === 0 ? 1 : 0],
          ...[points, inputPoints, outputPoints],
        ],
        tasks: points ** 2,
      });
    }
    runtime.run({
      kernel: 'winogradBackFilter',
      words: [sums, filter, inChannels, outChannels, filtering.filterGradientKind, points],
      tasks: resultPanels,
      scratchBytes: halfwayBytes,
    });
  } finally {
    runtime.heap.free(sums);
  }
  return true;
}
