import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { convSizes } from './convSizes.js';

/** Bytes of the 4 × 8 sums of one tile of the gradient. */
const tileBytes = 128;
/** The largest number of groups of images with separate sums, and the memory that these sums may take. */
const mostGroups = 16;
const groupMemory = 12 * 2 ** 20;
/** Memory for the panels of the images taken at once: this much stays in a core's second-level cache. */
const panelMemory = 2 ** 19;

/** Runs dW = Σ window ⊗ dy from the addresses of x and dy to that of dW. */
export function runFilterGradient(
  runtime: KernelRuntime,
  conv: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  filter: number,
): void {
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = convSizes(conv);
  const { strideHeight, strideWidth, filterHeight, filterWidth } = conv;
  const frameHeight = (outHeight - 1) * strideHeight + filterHeight;
  const frameWidth = (outWidth - 1) * strideWidth + filterWidth;
  const channelPanels = Math.ceil(channels / 4);
  const resultPanels = Math.ceil(results / 8);
  const taps = filterHeight * filterWidth;
  const groupBytes = channelPanels * resultPanels * taps * tileBytes;
  const groups = groupCount(images, groupBytes);
  const outPixels = outHeight * outWidth;
  const imageBytes = 16 * channelPanels * frameHeight * frameWidth + 32 * resultPanels * outPixels;
  const atOnce = Math.min(Math.ceil(images / groups), Math.max(1, Math.floor(panelMemory / imageBytes)));
  const sums = runtime.heap.allocate(groupBytes * groups);
  try {
    runtime.run({
      kernel: 'conv_bwd_filter',
      job: {
        x,
        dy,
        sums,
        groupBytes,
        groups,
        atOnce,
        frameHeight,
        frameWidth,
        images,
        height,
        width,
        channels,
        top,
        left,
        outHeight,
        outWidth,
        results,
        strideHeight,
        strideWidth,
        filterHeight,
        filterWidth,
      },
      tasks: groups,
      scratchBytes: atOnce * (4 * outPixels + imageBytes) + 64,
    });
    runtime.run({
      kernel: 'conv_bwd_filter_finish',
      job: {
        filter,
        sums,
        groupBytes,
        groups,
        taps,
        channels,
        results,
      },
      tasks: resultPanels,
    });
  } finally {
    runtime.heap.free(sums);
  }
}

/** A power of two that depends only on the shapes, so that sums do not depend on the number of threads. */
function groupCount(images: number, groupBytes: number): number {
  let groups = 1;
  while (2 * groups <= Math.min(images, mostGroups) && 2 * groups * groupBytes <= groupMemory) groups *= 2;
  return groups;
}
