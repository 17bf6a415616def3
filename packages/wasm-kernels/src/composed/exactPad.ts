import {
  div,
  ones,
  PadV2,
  type PadV2Attrs,
  type PadV2Inputs,
  pad,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';

/**
 * Padding with NaN: pad(x, 0) / pad(1, 0), as 0/0 is NaN.
 *
 * tfjs's C code keeps an operator per value in an ordered map. NaN is neither below nor above another value, so that
 * after the first padding with NaN, every later padding, with whatever value, would be one with NaN.
 */
export const exactPad = trainingKernel(
  PadV2,
  (inputs: PadV2Inputs, { paddings, constantValue }: PadV2Attrs) => {
    const x = inputs.x as Tensor;
    if (!Number.isNaN(constantValue) || x.dtype !== 'float32') return undefined;
    return tidy(() => div(pad(x, paddings), pad(ones(x.shape), paddings)));
  },
);
