import {
  AvgPool3DGrad,
  type AvgPool3DGradAttrs,
  type AvgPool3DGradInputs,
  AvgPoolGrad,
  backend_util,
  engine,
  MaxPool3D,
  type MaxPool3DAttrs,
  MaxPool3DGrad,
  type MaxPool3DGradAttrs,
  type MaxPool3DGradInputs,
  type MaxPool3DInputs,
  MaxPoolGrad,
  maxPool,
  pad,
  type Rank,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { columnAxis, layerAxis, marginAfter, rowAxis, type WindowAxis } from './windowAxis.js';

type Attrs = Pick<MaxPool3DAttrs, 'filterSize' | 'strides' | 'pad' | 'dimRoundingMode'>;

/** A pooling of images, as the 2D kernels take it. */
type Pool = {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: backend_util.ExplicitPadding;
};

/**
 * A 3D pooling as two in 2D: first within each layer, [N·D, H, W, C], then over the layers, [N, D, OH·OW, C].
 *
 * The maximum of maxima is that of the whole window, of equal ones the first; the number of pixels of a window is that of
 * its pixels in a layer times that of its layers, at the edges too.
 */
type SplitPool = {
  readonly within: Pool;
  readonly over: Pool;
  readonly inPlanes: [number, number, number, number];
  readonly outPlanes: [number, number, number, number];
  readonly inLayers: [number, number, number, number];
  readonly outLayers: [number, number, number, number];
  readonly usedShape: number[];
  /** What no window reads, such as a rest that is shorter than a stride. */
  readonly crop: [number, number][];
  readonly outShape: number[];
};

/** Undefined unless x is float32. */
function splitPool({ shape, dtype }: TensorInfo, attrs: Attrs): SplitPool | undefined {
  const { filterSize, strides, dimRoundingMode } = attrs;
  const dilations = 1;
  const pool = backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize,
    strides,
    dilations,
    attrs.pad,
    dimRoundingMode,
  );
  if (dtype !== 'float32') return undefined;
  const margins = [[0, 0], ...[layerAxis(pool), rowAxis(pool), columnAxis(pool)].map(marginsOf), [0, 0]] as [
    number,
    number,
  ][];
  const padding = margins.map((sides) => sides.map((each) => Math.max(0, each)) as [number, number]);
  const crop = margins.map((sides) => sides.map((each) => Math.max(0, -each)) as [number, number]);
  const [images, depth, height, width, channels] = pool.inShape.map(
    (side, axis) => side - crop[axis]![0] - crop[axis]![1],
  ) as typeof pool.inShape;
  const [, layers, outHeight, outWidth] = pool.outShape;
  const none: [number, number] = [0, 0];
  return {
    within: {
      filterSize: [pool.filterHeight, pool.filterWidth],
      strides: [pool.strideHeight, pool.strideWidth],
      pad: [none, padding[2]!, padding[3]!, none],
    },
    over: {
      filterSize: [pool.filterDepth, 1],
      strides: [pool.strideDepth, 1],
      pad: [none, padding[1]!, none, none],
    },
    inPlanes: [images * depth, height, width, channels],
    outPlanes: [images * depth, outHeight, outWidth, channels],
    inLayers: [images, depth, outHeight * outWidth, channels],
    outLayers: [images, layers, outHeight * outWidth, channels],
    usedShape: [images, depth, height, width, channels],
    crop,
    outShape: pool.outShape,
  };
}

/**
 * What the windows read, which differs from tfjs's padding where `dimRoundingMode` adds a window. No more is cropped than
 * there is: all windows may lie in the padding before.
 */
function marginsOf(axis: WindowAxis): [number, number] {
  if (axis.count === 0) return [axis.before, axis.after];
  return [axis.before, Math.max(marginAfter(axis), -Math.max(0, axis.length + Math.min(0, axis.before)))];
}

const maximaOf = (x: Tensor4D, pool: Pool) => maxPool(x, pool.filterSize, pool.strides, pool.pad);

/** The pixels that windows have. */
function planesOf(x: TensorInfo, { crop, usedShape, inPlanes }: SplitPool): Tensor4D {
  const begin = crop.map(([before]) => before);
  return reshape<Rank.R4>(slice(x as Tensor, begin, usedShape), inPlanes);
}

/** The gradient of all pixels, from that of those which windows have. */
function allOf(dx: Tensor, { crop, usedShape }: SplitPool): Tensor {
  return pad(reshape(dx, usedShape), crop);
}

/** The largest value of each window. tfjs's own wasm kernel is wrong where no value of a window is positive. */
const maxPool3D = trainingKernel(MaxPool3D, ({ x }: MaxPool3DInputs, attrs: MaxPool3DAttrs) => {
  const pool = splitPool(x as TensorInfo, attrs);
  if (pool === undefined) return undefined;
  return tidy(() => {
    const maxima = maximaOf(planesOf(x as TensorInfo, pool), pool.within);
    return reshape(maximaOf(reshape(maxima, pool.inLayers), pool.over), pool.outShape);
  });
});

/**
 * Adds each entry of dy to the largest entry of its window, the first if several are equal, as in 2D. tfjs's cpu backend
 * takes the first in 2D and the last in 3D.
 */
const maxPool3DGrad = trainingKernel(
  MaxPool3DGrad,
  ({ dy, input }: MaxPool3DGradInputs, attrs: MaxPool3DGradAttrs) => {
    const pool = splitPool(input as TensorInfo, attrs);
    if (pool === undefined) return undefined;
    return tidy(() => {
      const x = planesOf(input as TensorInfo, pool);
      const maxima = reshape<Rank.R4>(maximaOf(x, pool.within), pool.inLayers);
      const output = reshape(dy as Tensor, pool.outLayers);
      const ofMaxima: Tensor = engine().runKernel(
        MaxPoolGrad,
        { dy: output, input: maxima, output },
        { ...pool.over },
      );
      const planes = reshape(ofMaxima, pool.outPlanes);
      const dx: Tensor = engine().runKernel(
        MaxPoolGrad,
        { dy: planes, input: x, output: planes },
        { ...pool.within },
      );
      return allOf(dx, pool);
    });
  },
);

/**
 * Spreads each entry of dy over the pixels of its window that are in the input, of which the forward pass took the mean.
 * tfjs's own kernels divide by all of the window's places, as if padding counted.
 */
const avgPool3DGrad = trainingKernel(
  AvgPool3DGrad,
  ({ dy, input }: AvgPool3DGradInputs, attrs: AvgPool3DGradAttrs) => {
    const pool = splitPool(input as TensorInfo, attrs);
    if (pool === undefined) return undefined;
    return tidy(() => {
      const layers = { dy: reshape(dy as Tensor, pool.outLayers), input: zeros(pool.inLayers) };
      const ofLayers: Tensor = engine().runKernel(AvgPoolGrad, layers, { ...pool.over });
      const planes = { dy: reshape(ofLayers, pool.outPlanes), input: planesOf(input as TensorInfo, pool) };
      const dx: Tensor = engine().runKernel(AvgPoolGrad, planes, { ...pool.within });
      return allOf(dx, pool);
    });
  },
);

export const composedPool3D = [maxPool3D, maxPool3DGrad, avgPool3DGrad];
