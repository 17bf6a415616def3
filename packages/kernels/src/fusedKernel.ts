import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type FusedKernelName, type FusedKernels, gradientsAround, type NoAttrs } from './fusedKernels.js';

/** Runs a fused kernel on the active backend; the attributes may be left out if the kernel has none. */
export type FusedKernel<Name extends FusedKernelName> = (
  inputs: FusedKernels[Name]['inputs'],
  ...attrs: NoAttrs extends FusedKernels[Name]['attrs'] ? [] : [attrs: FusedKernels[Name]['attrs']]
) => FusedKernels[Name]['outputs'];

/**
 * The kernel of this name, or undefined if tfjs's own operations must be used: because the active backend has no such
 * kernel, or because more nested gradients are being taken than the kernel allows.
 *
 * Call it again for each use: the result changes with the active backend and inside a gradient.
 *
 * @example
 * ```ts
 * const standardize = fusedKernel('NormlabStandardize');
 * const y = standardize === undefined ? composed(x) : standardize({ x }, { axes: [0], epsilon: 1e-5 })[0];
 * ```
 */
export function fusedKernel<Name extends FusedKernelName>(name: Name): FusedKernel<Name> | undefined {
  if (engine().state.gradientDepth > gradientsAround[name]) return undefined;
  if (getKernel(name, getBackend()) === undefined) return undefined;
  return (inputs, ...[attrs]) => {
    // tfjs passes inputs on as they are; its type has no lists of tensors, though its own Concat takes one.
    const given = { ...inputs } as unknown as NamedTensorMap;
    const outputs = engine().runKernel<Tensor | Tensor[]>(name, given, { ...attrs } as NamedAttrMap);
    return (Array.isArray(outputs) ? outputs : [outputs]) as FusedKernels[Name]['outputs'];
  };
}
