import type { SpecLayer } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { sizeOf } from './traceSpec.js';

/**
 * The sizes, in numbers per example, of the tensors that a training step must keep from the forward to the backward
 * pass: one entry per tensor. A step needs more memory; these tensors are all in memory when the loss is computed.
 *
 * A lower bound, from the tensors that gradients need:
 *
 * - ∂/∂W of a convolution or dense layer y = W∗x is a sum of products with x: its input.
 * - ∂/∂x of a norm followed by a ReLU needs its input (or the standardized input, which is as large): the ReLU's output
 *   lacks the negative numbers. Without a ReLU the norm's output suffices, which the next layer keeps.
 *
 * A tensor that several layers read counts once. Activations, dropout and pools may return their input tensor, so the
 * tensors before and after them count once, too, with the larger size that a layer keeps.
 *
 * @throws SpecError if the spec is invalid
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

/** Follows a chain that reads `input`; each symbol represents a tensor that is certainly distinct. */
function follow(layers: readonly SpecLayer[], input: symbol, kept: Map<symbol, number>): void {
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

function keepsInput({ layer }: SpecLayer, next: SpecLayer | undefined): boolean {
  if (layer.type === 'conv' || layer.type === 'dense') return true;
  return layer.type === 'norm' && next?.layer.type === 'activation' && next.layer.kind === 'relu';
}

/** Layers whose output is never their input tensor: a residual adds two tensors. */
const makesTensor: ReadonlySet<string> = new Set(['conv', 'dense', 'norm', 'residual']);
