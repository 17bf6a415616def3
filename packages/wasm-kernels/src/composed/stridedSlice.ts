import {
  StridedSlice,
  type StridedSliceAttrs,
  type StridedSliceInputs,
  slice_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';

/**
 * `StridedSlice` of integers and booleans, and with an axis that is left out.
 *
 * tfjs's own kernel gives the bits of integers and booleans as floats where a stride is not 1, and takes the places of the
 * axes for those of others after one that is left out.
 */
export const exactStridedSlice = trainingKernel(
  StridedSlice,
  (inputs: StridedSliceInputs, attrs: StridedSliceAttrs, backend) => {
    const x = inputs.x as TensorInfo;
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
    const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
    const box = slice_util.sliceInfo(x.shape, begin, end, strides, ...masks);
    if (box.isIdentity || box.sliceDim0 || box.isSimpleSlice) return undefined;
    const rank = x.shape.length;
    if (x.dtype === 'float32' && box.finalShapeSparse.length === rank) return undefined;
    const output = backend.makeOutput(box.finalShape, x.dtype);
    const values = backend.typedArrayFromHeap(x);
    const picked = backend.typedArrayFromHeap(output);
    // With the axes that are left out.
    const sizes = slice_util.computeOutShape(box.begin, box.end, box.strides);
    const [steps, ownSteps] = [util.computeStrides(x.shape), util.computeStrides(sizes)];
    for (let index = 0; index < picked.length; index++) {
      const place = util
        .indexToLoc(index, rank, ownSteps)
        .map((count, axis) => box.begin[axis]! + count * box.strides[axis]!);
      picked[index] = values[util.locToIndex(place, rank, steps)]!;
    }
    return output;
  },
);
