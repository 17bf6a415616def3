import type { TracedLayer } from './layers/layerType.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { sizeOf } from './traceSpec.js';

/**
 * How many numbers, per example, the tensors hold that a training step must keep from the forward to the backward pass:
 * one entry for each tensor. A step takes more; these are all in memory at one instant, when the loss is known.
 *
 * A lower bound, from what gradients cannot do without:
 *
 * - ∂/∂W of a convolution or dense layer y = W∗x is a sum of products with x: its input.
 * - ∂/∂x of a norm takes its input (or the standardized input, which is as large), where a ReLU comes behind it: what
 *   the ReLU gives lacks the negative numbers. Without a ReLU the norm's output may serve, which the next layer keeps.
 *
 * A tensor that several layers read counts once. Activations, dropout and pools may give the tensor that they got, so
 * that what is before and behind them counts once, too, with the larger size that a layer keeps.
 *
 * @throws SpecError if the spec is none
 * @example
 * ```ts
 * const bytes = 4 * batch * keptForGradient(allCnn()).reduce((sum, numbers) => sum + numbers);
 * ```
 */
export function keptForGradient(spec: ModelSpec): number[] {
  const kept = new Map<symbol, number>();
  follow(readSpec('keptForGradient', spec).layers, Symbol('input'), kept);
  return [...kept.values()];
}

/** Goes through a chain that reads `input`; a symbol stands for each tensor that is surely another. */
function follow(layers: readonly TracedLayer[], input: symbol, kept: Map<symbol, number>): void {
  let current = input;
  for (const [index, place] of layers.entries()) {
    if (keepsInput(place, layers[index + 1])) {
      kept.set(current, Math.max(kept.get(current) ?? 0, sizeOf(place.input)));
    }
    follow(place.shortcut, current, kept);
    follow(place.inner, current, kept);
    if (makesTensor.has(place.layer.type)) current = Symbol(place.path);
  }
}

function keepsInput({ layer }: TracedLayer, next: TracedLayer | undefined): boolean {
  if (layer.type === 'conv' || layer.type === 'dense') return true;
  return layer.type === 'norm' && next?.layer.type === 'activation' && next.layer.kind === 'relu';
}

/** Layers whose output is never the tensor that they got: a residual adds two. */
const makesTensor: ReadonlySet<string> = new Set(['conv', 'dense', 'norm', 'residual']);
