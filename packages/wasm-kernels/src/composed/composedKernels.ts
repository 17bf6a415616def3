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

/**
 * Kernels that need no job of our module: they call tfjs's kernels, or compute in JavaScript. They do what tfjs's own
 * kernels lack or get wrong, and what our kernels of the same name leave to them.
 */
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
