import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';

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
  const frameHeight = (conv.outHeight - 1) * conv.strideHeight + conv.filterHeight;
  const frameWidth = (conv.outWidth - 1) * conv.strideWidth + conv.filterWidth;
  const channelPanels = Math.ceil(conv.inChannels / 4);
  const resultPanels = Math.ceil(conv.outChannels / 8);
  const taps = conv.filterHeight * conv.filterWidth;
  const groupBytes = channelPanels * resultPanels * taps * tileBytes;
  const groups = groupCount(conv.batchSize, groupBytes);
  const outPixels = conv.outHeight * conv.outWidth;
  const imageBytes = 16 * channelPanels * frameHeight * frameWidth + 32 * resultPanels * outPixels;
  const atOnce = Math.min(
    Math.ceil(conv.batchSize / groups),
    Math.max(1, Math.floor(panelMemory / imageBytes)),
  );
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
        images: conv.batchSize,
        height: conv.inHeight,
        width: conv.inWidth,
        channels: conv.inChannels,
        top: conv.padInfo.top,
        left: conv.padInfo.left,
        outHeight: conv.outHeight,
        outWidth: conv.outWidth,
        results: conv.outChannels,
        strideHeight: conv.strideHeight,
        strideWidth: conv.strideWidth,
        filterHeight: conv.filterHeight,
        filterWidth: conv.filterWidth,
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
        channels: conv.inChannels,
        results: conv.outChannels,
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
