import type { TrainingKernel } from '../trainingKernel.js';
import { composedConv2DBackpropFilter } from './conv2DBackpropFilter.js';
import { composedConv2DBackpropInput } from './conv2DBackpropInput.js';
import { composedMaxPoolGrad } from './maxPoolGrad.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** The kernels that need nothing but tfjs's own: what trains where no module of ours can run. */
export const composedKernels: readonly TrainingKernel[] = [
  composedConv2DBackpropFilter,
  composedConv2DBackpropInput,
  composedMaxPoolGrad,
  unsortedSegmentSum,
];
