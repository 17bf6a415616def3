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
  fill,
  MaxPool,
  type NamedAttrMap,
  type NamedTensorMap,
  pad,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { type EndAttrs, type EndInputs, finished } from './finished.js';
import { fitSpatially } from './fitSpatially.js';
import {
  blankWindows,
  columnAxis,
  marginAfter,
  readsNothing,
  rowAxis,
  unreadPixels,
  type WindowAxis,
  withoutWindows,
} from './windowAxis.js';

type ConvAttrs = DepthwiseConv2dNativeAttrs & EndAttrs;
type ConvInputs = EndInputs & { readonly x: Tensor4D; readonly filter: Tensor4D };

/**
 * Convolutions and poolings for which tfjs's C code disagrees with tfjs's own sizes, done with explicit padding.
 *
 * With `same` and a stride above the filter, rows may remain that no window reads; the C code takes their number, which is
 * negative padding, for a huge one. With padding as a number, tfjs takes the filter's height and the vertical stride for
 * the horizontal ones too; the C code does not, and writes past the end of an output that is narrower than it expects, as
 * it does if the filter is larger than the image, so that the output is empty. It takes padding that is given as negative,
 * which crops, for a huge number too. It does not write sums over no channels or of an empty image.
 *
 * Of a window that lies wholly in the padding, the largest value is −∞ and the mean NaN, as on tfjs's cpu backend. The C
 * code takes the nearest pixel for the largest value, and −∞ or 0 for the mean; its windows of one pixel ignore padding,
 * and read past the end of the image.
 */
export const exactWindows: readonly TrainingKernel[] = [
  ...[Conv2D, FusedConv2D, DepthwiseConv2dNative, FusedDepthwiseConv2D].map((kernelName) =>
    trainingKernel(kernelName, (inputs: ConvInputs, attrs: ConvAttrs) => {
      const { strides, dilations, dimRoundingMode, dataFormat } = attrs;
      if (dataFormat === 'NCHW') return undefined;
      const conv = backend_util.computeConv2DInfo(
        inputs.x.shape,
        inputs.filter.shape,
        strides,
        // tf.layers leaves the dilation of a depthwise convolution null.
        dilations ?? 1,
        attrs.pad,
        dimRoundingMode,
        kernelName === DepthwiseConv2dNative || kernelName === FusedDepthwiseConv2D,
      );
      checkLengths(kernelName, conv);
      if (inputs.filter.size === 0 || readsNothing(conv)) {
        return tidy(() => finished(zeros(conv.outShape), inputs, attrs));
      }
      return withExactMargins(kernelName, inputs, { ...attrs }, conv);
    }),
  ),
  exactPool(MaxPool, Number.NEGATIVE_INFINITY),
  exactPool(AvgPool, Number.NaN),
];

/** A pooling, and its result for a window without a pixel. */
function exactPool(kernelName: string, ofNothing: number): TrainingKernel {
  return trainingKernel(kernelName, (inputs: AvgPoolInputs, attrs: AvgPoolAttrs) => {
    const x = inputs.x as Tensor4D;
    const { filterSize, strides, dimRoundingMode } = attrs;
    const dilations = 1;
    const sizes = backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      dilations,
      attrs.pad,
      dimRoundingMode,
    );
    checkLengths(kernelName, sizes);
    const [rows, columns] = [rowAxis(sizes), columnAxis(sizes)];
    const [blankRows, blankColumns] = [blankWindows(rows), blankWindows(columns)];
    if (sizes.outShape.includes(0) || Math.max(...blankRows, ...blankColumns) === 0) {
      return withExactMargins(kernelName, { x }, { ...attrs }, sizes);
    }
    if (readsNothing(sizes)) return fill(sizes.outShape, ofNothing);
    const inner = [withoutWindows(rows, blankRows), withoutWindows(columns, blankColumns)] as const;
    const blanks = [[0, 0], blankRows, blankColumns, [0, 0]] as [number, number][];
    return tidy(() => pad(fitted(kernelName, { x }, { ...attrs }, ...inner), blanks, ofNothing));
  });
}

function withExactMargins(
  kernelName: string,
  inputs: NamedTensorMap & { readonly x: Tensor4D },
  attrs: NamedAttrMap,
  sizes: backend_util.Conv2DInfo,
): TensorInfo | undefined {
  if (sizes.outShape.includes(0)) return zeros(sizes.outShape);
  const [rows, columns] = [rowAxis(sizes), columnAxis(sizes)];
  const isSame = sizes.padInfo.type === 'SAME';
  if (isCounted(rows, isSame) && isCounted(columns, isSame)) return undefined;
  return tidy(() => fitted(kernelName, inputs, attrs, rows, columns));
}

/** Whether tfjs's C code counts as many windows by itself. */
function isCounted(axis: WindowAxis, isSame: boolean): boolean {
  const unread = unreadPixels(axis);
  return Math.min(axis.before, axis.after, unread) >= 0 && unread < (isSame ? 1 : axis.stride);
}

/** tfjs's own kernel, for the pixels and the padding that the windows read. Use it only within a tidy. */
function fitted(
  kernelName: string,
  inputs: NamedTensorMap & { readonly x: Tensor4D },
  { dimRoundingMode: _, ...attrs }: NamedAttrMap,
  rows: WindowAxis,
  columns: WindowAxis,
): Tensor {
  const [top, bottom] = [rows.before, marginAfter(rows)];
  const [left, right] = [columns.before, marginAfter(columns)];
  const margins: backend_util.ExplicitPadding = [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ];
  const x = fitSpatially(inputs.x, {
    top: Math.min(0, top),
    bottom: Math.min(0, bottom),
    left: Math.min(0, left),
    right: Math.min(0, right),
  });
  return engine().runKernel(kernelName, { ...inputs, x }, { ...attrs, pad: margins });
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
