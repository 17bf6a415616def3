import type { backend_util } from '@tensorflow/tfjs-core';

/** The sizes of a convolution, by the names they have in the kernels' jobs. */
export type ConvSizes = {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Padding before the image. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** Channels of the output, K. */
  readonly results: number;
};

/** The sizes of the forward convolution. */
export function convSizes(conv: backend_util.Conv2DInfo): ConvSizes {
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
  };
}
