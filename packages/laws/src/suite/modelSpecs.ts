import type { LayerSpec, ModelSpec } from '@normlab/models';
import type { Network } from '../network.js';

const decay = 0.9;

/** The spec of a law's network. */
export function specOf({ input, channels, classes, activation, epsilon }: Network): ModelSpec {
  const blocks = channels.flatMap((each, index): LayerSpec[] => [
    convolution(`conv${index + 1}`, each, 3),
    { type: 'norm', name: `norm${index + 1}`, gain: false, bias: false, epsilon, decay },
    { type: 'activation', name: `${activation}${index + 1}`, kind: activation },
  ]);
  return {
    name: 'law-network',
    input,
    classes,
    layers: [
      ...blocks,
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'head', units: classes, bias: true },
    ],
  };
}

/** The model's path of a law's variable. */
export function modelPath(path: string): string {
  if (path === 'headBias') return 'head/bias';
  return `${path}/kernel`;
}

/** A 1×1 convolution, to which laws give the identity as kernel, BN_{1,0}, relu and a global mean. */
export function reluHeadSpec(size: number, classes: number, epsilon: number): ModelSpec {
  return headSpec(size, classes, [
    { type: 'norm', name: 'norm', gain: false, bias: false, epsilon, decay },
    { type: 'activation', name: 'relu', kind: 'relu' },
  ]);
}

/** A 1×1 convolution, to which laws give the identity as kernel, tanh and a global mean. */
export function tanhHeadSpec(size: number, classes: number): ModelSpec {
  return headSpec(size, classes, [{ type: 'activation', name: 'tanh', kind: 'tanh' }]);
}

function headSpec(size: number, classes: number, layers: readonly LayerSpec[]): ModelSpec {
  return {
    name: 'law-head',
    input: [size, size, classes],
    classes,
    layers: [convolution('conv', classes, 1), ...layers, { type: 'globalPool', name: 'pool' }],
  };
}

function convolution(name: string, channels: number, kernel: number): LayerSpec {
  return { type: 'conv', name, channels, kernel, stride: 1, padding: 'same', bias: false };
}
