import type { TrainingKernel } from '../trainingKernel.js';
import { composedConv2DBackpropFilter } from './conv2DBackpropFilter.js';
import { composedConv2DBackpropInput } from './conv2DBackpropInput.js';
import { composedMaxPoolGrad } from './maxPoolGrad.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** Kernels composed only of tfjs's own kernels: they make training possible where our module cannot run. */
export const composedKernels: readonly TrainingKernel[] = [
  composedConv2DBackpropFilter,
  composedConv2DBackpropInput,
  composedMaxPoolGrad,
  unsortedSegmentSum,
];
