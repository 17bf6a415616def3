import type { TrainingKernel } from '../trainingKernel.js';
import { biasedMatMul } from './biasedMatMul.js';
import { broadcastSlopes } from './broadcastSlopes.js';
import { composedConv2DBackpropFilter } from './conv2DBackpropFilter.js';
import { composedConv2DBackpropInput } from './conv2DBackpropInput.js';
import { composedConv3DBackpropFilter } from './conv3DBackpropFilter.js';
import { composedConv3DBackpropInput } from './conv3DBackpropInput.js';
import { exactPad } from './exactPad.js';
import { exactWindows } from './exactWindows.js';
import { composedMaxPoolGrad } from './maxPoolGrad.js';
import { composedPool3D } from './pool3D.js';
import { storedBias } from './storedBias.js';
import { exactStridedSlice } from './stridedSlice.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** Kernels composed only of tfjs's own kernels: they make training possible where our module cannot run, or has none of that name. */
export const composedKernels: readonly TrainingKernel[] = [
  composedConv2DBackpropFilter,
  composedConv2DBackpropInput,
  composedConv3DBackpropFilter,
  composedConv3DBackpropInput,
  composedMaxPoolGrad,
  ...composedPool3D,
  exactPad,
  ...exactWindows,
  ...broadcastSlopes,
  biasedMatMul,
  ...storedBias,
  exactStridedSlice,
  unsortedSegmentSum,
];
