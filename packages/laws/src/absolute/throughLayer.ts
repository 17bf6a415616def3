import { buildModel, type LayerSpec } from '@normlab/models';
import { grads, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { Values, Variables } from '../values.js';

/** A layer's output, and the gradients with respect to its input and its parameters. */
export type LayerResults = {
  readonly y: Values;
  readonly dx: Values;
  /** By the layer's names of its parameters, such as `slope`. */
  readonly gradients: Variables<Values>;
};

/** Runs one layer of a network on the active backend, forward, and backward from `dy`. */
export async function throughLayer(
  layer: LayerSpec,
  x: Values,
  params: Variables<Values>,
  dy: Values,
): Promise<LayerResults> {
  const [height, width, channels] = x.shape.slice(1) as [number, number, number];
  const model = buildModel({
    name: 'one-layer',
    input: [height, width, channels],
    classes: 2,
    layers: [
      layer,
      { type: 'globalPool', name: 'pooled' },
      { type: 'dense', name: 'head', units: 2, bias: false },
    ],
  });
  const names = Object.keys(params);
  const { y, dx, ...gradients } = await readBack(() => {
    const head = toTensor({ data: new Float32Array(2 * channels), shape: [channels, 2] });
    const run = (images: Tensor, ...own: Tensor[]): Tensor => {
      const entries = names.map((name, i) => [`${layer.name}/${name}`, own[i]!] as const);
      const variables = { ...Object.fromEntries(entries), 'head/kernel': head };
      const options = { seed: 0, taps: [layer.name] };
      return model.applyWith(variables, {}, images as Tensor4D, options).taps[layer.name]!;
    };
    const inputs: [Tensor, ...Tensor[]] = [toTensor(x), ...names.map((name) => toTensor(params[name]!))];
    const [slope, ...own] = grads(run)(inputs, toTensor(dy));
    return { y: run(...inputs), dx: slope!, ...Object.fromEntries(names.map((name, i) => [name, own[i]!])) };
  });
  return { y: y!, dx: dx!, gradients: gradients as Record<string, Values> };
}
