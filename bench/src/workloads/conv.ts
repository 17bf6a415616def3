import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  dispose,
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  type Rank,
} from '@tensorflow/tfjs-core';
import type { Prepared } from '../peers/answering.js';
import type { ConvWorkload } from '../workload.js';
import { normalTensor } from './inputs.js';
import { settle } from './settle.js';

/** One pass of a convolution with the active backend's kernel. */
export function prepareConv({ pass, batch, size, kernel, stride, from, to }: ConvWorkload): Prepared {
  const results = Math.ceil(size / stride);
  const x = normalTensor<Rank.R4>([batch, size, size, from], 'x');
  const dy = normalTensor<Rank.R4>([batch, results, results, to], 'dy');
  const filter = normalTensor<Rank.R4>([kernel, kernel, from, to], 'filter');
  const common: NamedAttrMap = { strides: stride, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  const passes: Record<ConvWorkload['pass'], [string, NamedTensorMap, NamedAttrMap]> = {
    forward: [Conv2D, { x, filter }, common],
    'backprop-input': [Conv2DBackpropInput, { dy, filter }, { ...common, inputShape: x.shape }],
    'backprop-filter': [Conv2DBackpropFilter, { x, dy }, { ...common, filterShape: filter.shape }],
  };
  const [name, inputs, attrs] = passes[pass];
  return {
    once: () => dispose(engine().runKernel(name, inputs, attrs)),
    settle,
    release: () => dispose([x, dy, filter]),
  };
}
