import { backend_util } from '@tensorflow/tfjs-core';

/** Attributes of tfjs's three convolution kernels. */
export type ConvAttrs = {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

export type ConvInfo = backend_util.Conv2DInfo;

/** The sizes of a convolution; undefined for those that our kernels do not compute: dilated, NCHW, or empty. */
export function convInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: ConvAttrs,
): ConvInfo | undefined {
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const plain = info.dataFormat === 'channelsLast' && info.dilationHeight === 1 && info.dilationWidth === 1;
  const empty = [info.batchSize, info.inChannels, info.outHeight, info.outWidth].includes(0);
  return plain && !empty ? info : undefined;
}
