import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { RunningLayer } from './layerType.js';

/** y plus the layer's parameter with that name; disposes y. */
export function addParam(
  y: Tensor,
  { ops, param }: Pick<RunningLayer, 'ops' | 'param'>,
  name: 'bias' | 'offset',
): Tensor {
  const sum = ops.add(y, param<Tensor1D>(name));
  y.dispose();
  return sum;
}
