import { BackendError } from '@normlab/errors';
import {
  AvgPool,
  type AvgPoolAttrs,
  type AvgPoolInputs,
  backend_util,
  Conv2D,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  MaxPool,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { type EndAttrs, type EndInputs, finished } from './finished.js';
import { fitSpatially, type Margins } from './fitSpatially.js';

type ConvAttrs = DepthwiseConv2dNativeAttrs & EndAttrs;
type ConvInputs = EndInputs & { readonly x: Tensor4D; readonly filter: Tensor4D };

/**
 * Convolutions and poolings for which tfjs's C code disagrees with tfjs's own sizes, done with explicit padding.
 *
 * With `same` and a stride above the filter, rows may remain that no window reads; the C code takes their number, which is
 * negative padding, for a huge one. With padding as a number, tfjs takes the filter's height and the vertical stride for
 * the horizontal ones too; the C code does not, and writes past the end of an output that is narrower than it expects, as
 * it does if the filter is larger than the image, so that the output is empty. It does not write sums over no channels.
 */
export const exactWindows: readonly TrainingKernel[] = [
  ...[Conv2D, FusedConv2D, DepthwiseConv2dNative, FusedDepthwiseConv2D].map((kernelName) =>
    trainingKernel(kernelName, (inputs: ConvInputs, attrs: ConvAttrs) => {
      const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
      if (dataFormat === 'NCHW') return undefined;
      const conv = backend_util.computeConv2DInfo(
        inputs.x.shape,
        inputs.filter.shape,
        strides,
        // tf.layers leaves the dilation of a depthwise convolution null.
        dilations ?? 1,
        pad,
        dimRoundingMode,
        kernelName === DepthwiseConv2dNative || kernelName === FusedDepthwiseConv2D,
      );
      checkLengths(kernelName, conv);
      if (inputs.filter.size === 0) return tidy(() => finished(zeros(conv.outShape), inputs, attrs));
      return withExactMargins(kernelName, inputs, { ...attrs }, conv);
    }),
  ),
  ...[MaxPool, AvgPool].map((kernelName) =>
    trainingKernel(kernelName, (inputs: AvgPoolInputs, attrs: AvgPoolAttrs) => {
      const x = inputs.x as Tensor4D;
      const { filterSize, strides, pad, dimRoundingMode } = attrs;
      const dilations = 1;
      const pool = backend_util.computePool2DInfo(
        x.shape,
        filterSize,
        strides,
        dilations,
        pad,
        dimRoundingMode,
      );
      checkLengths(kernelName, pool);
      return withExactMargins(kernelName, { x }, { ...attrs }, pool);
    }),
  ),
];

function withExactMargins(
  kernelName: string,
  inputs: NamedTensorMap & { readonly x: Tensor4D },
  { dimRoundingMode: _, ...attrs }: NamedAttrMap,
  sizes: backend_util.Conv2DInfo,
): TensorInfo | undefined {
  if (sizes.outShape.includes(0)) return zeros(sizes.outShape);
  const margins = exactMargins(sizes);
  if (margins === undefined) return undefined;
  const { top, bottom, left, right } = margins;
  const pad: backend_util.ExplicitPadding = [
    [0, 0],
    [top, Math.max(0, bottom)],
    [left, Math.max(0, right)],
    [0, 0],
  ];
  return tidy((): Tensor => {
    const unread = { top: 0, bottom: Math.min(0, bottom), left: 0, right: Math.min(0, right) };
    const x = fitSpatially(inputs.x, unread);
    return engine().runKernel(kernelName, { ...inputs, x }, { ...attrs, pad });
  });
}

/** For a filter that is two or more pixels larger than the padded image, tfjs computes a negative number of windows. */
function checkLengths(where: string, { outShape, inShape, ...sizes }: backend_util.Conv2DInfo): void {
  if (outShape.every((size) => size >= 0)) return;
  throw new BackendError({
    where,
    what: 'the padded image',
    rule: `be at most one pixel smaller than the filter, ${sizes.effectiveFilterHeight} by ${sizes.effectiveFilterWidth}`,
    got: inShape,
  });
}

/**
 * The rows and columns around the image that all windows together read; negative where some of the image is left.
 * Undefined if tfjs's C code counts as many windows by itself.
 */
function exactMargins(sizes: backend_util.Conv2DInfo): Margins | undefined {
  const { top, bottom, left, right, type } = sizes.padInfo;
  const read = (count: number, stride: number, side: number) => (count - 1) * stride + side;
  const height = read(sizes.outHeight, sizes.strideHeight, sizes.effectiveFilterHeight);
  const width = read(sizes.outWidth, sizes.strideWidth, sizes.effectiveFilterWidth);
  const [spareRows, spareColumns] = [
    sizes.inHeight + top + bottom - height,
    sizes.inWidth + left + right - width,
  ];
  const isCounted = (spare: number, stride: number) => spare >= 0 && spare < (type === 'SAME' ? 1 : stride);
  if (isCounted(spareRows, sizes.strideHeight) && isCounted(spareColumns, sizes.strideWidth))
    return undefined;
  return { top, bottom: bottom - spareRows, left, right: right - spareColumns };
}
