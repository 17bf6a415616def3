import {
  type TensorInfo,
  UnsortedSegmentSum,
  type UnsortedSegmentSumAttrs,
  type UnsortedSegmentSumInputs,
  util,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';

/**
 * Adds the rows of x that have the same segment id; the gradient of a gather.
 *
 * y[s, …] = Σ_{r: ids[r] = s} x[r, …], in the order of the rows. Rows whose id is out of range are left out, as on
 * tfjs's cpu backend.
 *
 * Shapes: x [R, …], ids of the leading axes of x → [numSegments, …].
 */
export const unsortedSegmentSum = trainingKernel(
  UnsortedSegmentSum,
  (inputs: UnsortedSegmentSumInputs, { numSegments }: UnsortedSegmentSumAttrs, backend) => {
    const x = inputs.x as TensorInfo;
    const segmentIds = inputs.segmentIds as TensorInfo;
    const rowShape = x.shape.slice(segmentIds.shape.length);
    const rowSize = util.sizeFromShape(rowShape);
    const output = backend.makeOutput([numSegments, ...rowShape], x.dtype);
    const sums = backend.typedArrayFromHeap(output).fill(0);
    const values = backend.typedArrayFromHeap(x);
    backend.typedArrayFromHeap(segmentIds).forEach((segment, row) => {
      if (segment < 0 || segment >= numSegments) return;
      for (let column = 0; column < rowSize; column++) {
        sums[segment * rowSize + column]! += values[row * rowSize + column]!;
      }
    });
    return output;
  },
);
