import { BackendError } from '@normlab/errors';
import { backend_util } from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];

/** The attributes of both convolution gradients: tfjs's own attributes, without the shape. */
export type ConvAttrs = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/**
 * Sizes, strides and padding of the forward convolution whose gradient is computed.
 *
 * @throws BackendError for channels first, which tfjs's wasm convolution does not support either.
 */
export function convGeometry(
  where: string,
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, pad, dataFormat, dimRoundingMode }: ConvAttrs,
): backend_util.Conv2DInfo {
  if (dataFormat !== 'NHWC') {
    throw new BackendError({
      where,
      what: 'dataFormat',
      rule: 'be "NHWC" on the wasm backend',
      got: dataFormat,
      hint: 'transpose the images to channels last',
    });
  }
  const dilations = 1;
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, dilations, pad, dimRoundingMode);
}
