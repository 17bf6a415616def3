import {
  add,
  conv2d,
  matMul,
  mean,
  mul,
  relu,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
} from '@tensorflow/tfjs-core';
import { addBias } from './layers/addBias.js';
import { pool } from './layers/pool.js';
import { prelu } from './layers/prelu.js';
import { shortcut } from './layers/shortcut.js';
import type { DropoutSpec, NormSpec } from './modelSpec.js';
import { type TracedLayer, totalStride } from './traceSpec.js';

/** What differs between training and inference, and what a pass reads and leaves behind. */
export type Pass = {
  /** The parameter of a path. */
  param<T extends Tensor>(path: string): T;
  /** A new tensor. */
  normalize(x: Tensor, norm: NormSpec, path: string): Tensor;
  /** The same and a ReLU behind it as one, or undefined where these are to be computed apart. */
  normalizeRelu(x: Tensor, norm: NormSpec, path: string): Tensor | undefined;
  /** A new tensor, or x itself. */
  drop(x: Tensor, dropout: DropoutSpec, path: string): Tensor;
  /** Told of the output of every layer but of a norm that is one with its ReLU; it is disposed after the next layer. */
  seen(path: string, output: Tensor): void;
};

/**
 * Runs a chain of layers. Outputs on the way are disposed as soon as the next layer has read them; under a gradient
 * the tape holds its own references.
 */
export function runLayers(layers: readonly TracedLayer[], x: Tensor, pass: Pass): Tensor {
  let current = x;
  for (let i = 0; i < layers.length; i++) {
    const fused = runNormRelu(layers[i]!, layers[i + 1], current, pass);
    if (fused !== undefined) i++;
    const next = fused ?? runLayer(layers[i]!, current, pass);
    pass.seen(layers[i]!.path, next);
    if (current !== x && current !== next) current.dispose();
    current = next;
  }
  return current;
}

/** A norm and the ReLU that follows it in one, where the pass does that. */
function runNormRelu(
  { layer, path }: TracedLayer,
  following: TracedLayer | undefined,
  x: Tensor,
  pass: Pass,
): Tensor | undefined {
  if (layer.type !== 'norm' || following?.layer.type !== 'activation') return undefined;
  return following.layer.kind === 'relu' ? pass.normalizeRelu(x, layer, path) : undefined;
}

function runLayer({ layer, path, inner, output }: TracedLayer, x: Tensor, pass: Pass): Tensor {
  switch (layer.type) {
    case 'conv': {
      const kernel = pass.param<Tensor4D>(`${path}/kernel`);
      const y = conv2d(x as Tensor4D, kernel, layer.stride, layer.padding);
      return layer.bias ? biased(y, pass.param(`${path}/bias`)) : y;
    }
    case 'norm':
      return pass.normalize(x, layer, path);
    case 'affine': {
      const scaled = mul(x, pass.param(`${path}/scale`));
      return biased(scaled, pass.param(`${path}/offset`));
    }
    case 'activation':
      if (layer.kind === 'prelu') return prelu(x, pass.param(`${path}/slope`));
      return layer.kind === 'relu' ? relu(x) : tanh(x);
    case 'pool':
      return pool(x as Tensor4D, layer);
    case 'dropout':
      return pass.drop(x, layer, path);
    case 'globalPool':
      return mean(x, [1, 2]);
    case 'dense': {
      const y = matMul(x as Tensor2D, pass.param<Tensor2D>(`${path}/kernel`));
      return layer.bias ? biased(y, pass.param(`${path}/bias`)) : y;
    }
    case 'residual': {
      const branch = runLayers(inner, x, pass);
      const around = shortcut(x as Tensor4D, totalStride(layer.layers), output.at(-1)!);
      const sum = add(branch, around);
      if (branch !== x) branch.dispose();
      if (around !== x) around.dispose();
      return sum;
    }
  }
}

function biased(y: Tensor, bias: Tensor1D): Tensor {
  const sum = addBias(y, bias);
  y.dispose();
  return sum;
}
