import { deriveSeed } from '@normlab/random';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RunningLayer } from './layers/layerType.js';
import { type LayerSpec, type SpecLayer, typeOf } from './layerTypes.js';
import type { Variables } from './model.js';
import * as tensorFunctions from './tensorFunctions.js';

/** The tensor functions that layers use: TensorFlow.js's, and the normalizations of `@normlab/ops`. */
export type TensorFunctions = typeof tensorFunctions;

/** One pass through a network: its inputs and its further outputs. */
export type Pass = {
  readonly mode: 'train' | 'infer';
  /** The tensor functions that layers use. */
  readonly ops: TensorFunctions;
  readonly params: Variables;
  readonly stats: Variables;
  /** The seed of this training step. */
  readonly seed: number;
  /** Filled with the running statistics after this step. */
  readonly moved: Record<string, Tensor>;
  /** Filled with the outputs of the layers whose paths are its keys. */
  readonly taps: Map<string, Tensor | undefined>;
};

/**
 * Runs a chain of layers. Each output is disposed as soon as the next layer has read it; under a gradient the tape
 * holds its own references.
 */
export function runLayers(layers: readonly SpecLayer[], x: Tensor, pass: Pass): Tensor {
  let current = x;
  for (let i = 0; i < layers.length; i++) {
    const fused = runWithRelu(layers[i]!, layers[i + 1], current, pass);
    if (fused !== undefined) i++;
    const next = fused ?? runLayer(layers[i]!, current, pass);
    const { path } = layers[i]!;
    if (pass.taps.has(path)) pass.taps.set(path, next.clone());
    if (current !== x && current !== next) current.dispose();
    current = next;
  }
  return current;
}

/** Runs a layer and the ReLU after it together, if this is possible and the output between them is not tapped. */
function runWithRelu(
  place: SpecLayer,
  following: SpecLayer | undefined,
  x: Tensor,
  pass: Pass,
): Tensor | undefined {
  if (pass.taps.has(place.path)) return undefined;
  if (following?.layer.type !== 'activation' || following.layer.kind !== 'relu') return undefined;
  const type = typeOf(place.layer);
  const here = runningLayer(place, pass);
  return pass.mode === 'infer' ? type.inferWithRelu?.(x, here) : type.runWithRelu?.(x, here);
}

function runLayer(place: SpecLayer, x: Tensor, pass: Pass): Tensor {
  const type = typeOf(place.layer);
  const here = runningLayer(place, pass);
  return pass.mode === 'infer' && type.infer !== undefined ? type.infer(x, here) : type.run(x, here);
}

/**
 * A layer with its variables.
 *
 * The fields of the place are listed, not spread: V8 takes some 100 times as long to copy an object and add functions to
 * it, which was 3 % of a small network's training step.
 */
export function runningLayer(place: SpecLayer, pass: Pass): RunningLayer<LayerSpec> {
  const { layer, path, at, input, output, stride, inner, shortcut } = place;
  return {
    layer,
    path,
    at,
    input,
    output,
    stride,
    inner,
    shortcut,
    ops: pass.ops,
    param: <T extends Tensor>(name: string) => pass.params[`${path}/${name}`] as T,
    stat: <T extends Tensor>(name: string) => pass.stats[`${path}/${name}`] as T,
    moveStat(name, moved) {
      pass.moved[`${path}/${name}`] = moved;
    },
    seed: () => deriveSeed(pass.seed, path),
    runInner: (chain, x) => runLayers(place[chain], x, pass),
  };
}

/** A pass of inference. */
export function inference(params: Variables, stats: Variables, ops: TensorFunctions = tensorFunctions): Pass {
  return { mode: 'infer', ops, params, stats, seed: 0, moved: {}, taps: new Map() };
}
