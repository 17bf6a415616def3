import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { convSizes } from './convSizes.js';
import { fastestWinogradVariant } from './fastestWinogradVariant.js';
import { tileGrid } from './tileGrid.js';
import { halfwayBytes, oddLines } from './winograd.js';
import { filterSide } from './winogradVariants.js';

const floatBytes = 4;
/**
 * Memory for both transformed sides of the strips taken at once: about a core's second-level cache; more, up to the
 * shared cache, if the sums would be loaded and stored too often.
 */
const panelMemory = 2 ** 21;
const mostPanelMemory = 2 ** 23;
const depthWanted = 64;
/** Tiles of a panel of x per cache line. */
const tilesOfLine = 4;

/**
 * Computes the gradient with respect to the filter with Winograd's transforms, if that is faster than the direct
 * algorithm. @returns whether it did
 */
export function runWinogradFilterGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  filter: number,
): boolean {
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = convSizes(conv);
  const variant = fastestWinogradVariant(conv, 'forward');
  if (variant === undefined) return false;
  const form = variant.forward;
  const { inputPoints, outputPoints } = form;
  const points = form.input.length;
  const { tileColumns, rows, strips, tiles, framePixels } = tileGrid(form, outHeight, outWidth);
  const channelPanels = channels / 4;
  const resultPanels = Math.ceil(results / 8);
  const stripBytes = tiles * (inputPoints ** 2 * 16 * channelPanels + outputPoints ** 2 * 32 * resultPanels);
  const atOnce = Math.min(
    images * strips,
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
    for (let first = 0; first < images * strips; first += atOnce) {
      const present = Math.min(atOnce, images * strips - first);
      runtime.run({
        kernel: 'winograd_bwd_filter_panels',
        job: {
          x,
          dy,
          xPanels,
          dyPanels,
          strips: present,
          height,
          width,
          channels,
          top,
          left,
          outHeight,
          outWidth,
          results,
          stripRows: rows,
          stripsOfImage: strips,
          firstStrip: first,
          tileColumns,
          stripsInTask,
          xTransform: form.inputTransform,
          xSide: form.input[0]!.length,
          xStep: form.inputStep,
          xPoints: inputPoints,
          dyTransform: variant.gradientTransform,
          dySide: form.output.length,
          dyPoints: outputPoints,
        },
        tasks: Math.ceil(present / stripsInTask),
        scratchBytes: halfwayBytes + stripsInTask * framePixels * Math.max(channels, results) * floatBytes,
      });
      runtime.run({
        kernel: 'winograd_bwd_filter_products',
        job: {
          xPanels,
          dyPanels,
          sums,
          tiles: tiles * present,
          channelPanels,
          resultPanels,
          isFirst: first === 0,
          points,
          xPoints: inputPoints,
          dyPoints: outputPoints,
        },
        tasks: points ** 2,
      });
    }
    runtime.run({
      kernel: 'winograd_bwd_filter_finish',
      job: {
        sums,
        filter,
        channels,
        results,
        points,
        transform: variant.filterGradientTransform,
        side: filterSide(variant),
      },
      tasks: resultPanels,
      scratchBytes: halfwayBytes,
    });
  } finally {
    runtime.heap.free(sums);
  }
  return true;
}
