import { foldBatchNorm } from '@normlab/ops';
import { ones, reshape, type Tensor, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkVariables } from './checkVariables.js';
import type { Variables } from './model.js';
import type { AffineSpec, LayerSpec, ModelSpec } from './modelSpec.js';
import { affineParams, runningStats } from './normVariables.js';
import { readSpec } from './parseSpec.js';
import { planOf, variablePlan } from './variablePlan.js';

/** A network for inference without norms, and its variables. */
export type FoldedNetwork = {
  readonly spec: ModelSpec;
  readonly params: Variables;
  /** Empty: nothing is left to run. */
  readonly stats: Variables;
};

/**
 * A network that answers in inference as the given one does, with every norm folded into the convolution before it.
 *
 * With s = √(σ² + ε) of the running variance: W' = W·γ/s, b' = β + (b − μ)·γ/s, exact but for rounding. A norm that
 * does not come right after a conv, as the first of a pre-activation block and the final one do, becomes an `affine`
 * layer of the same name with scale γ/s and offset β − μγ/s.
 *
 * All tensors are new and the caller's; params and stats are neither disposed nor returned.
 *
 * @throws SpecError if the spec is none; ShapeError if a variable is missing or of another shape
 */
export function foldNorms(spec: ModelSpec, params: Variables, stats: Variables): FoldedNetwork {
  const plan = planOf(readSpec('foldNorms', spec).layers);
  checkVariables('foldNorms', 'params', plan.params, params);
  checkVariables('foldNorms', 'stats', plan.stats, stats);
  const folded: ModelSpec = { ...spec, layers: foldLayers(spec.layers) };
  const foldedParams = tidy(() => {
    const made: Record<string, Tensor> = {};
    foldVariables(spec.layers, '', params, stats, made);
    const ordered = variablePlan(folded).params.map(({ path }): [string, Tensor] => [
      path,
      made[path] ?? params[path]!.clone(),
    ]);
    return Object.fromEntries(ordered);
  });
  return { spec: folded, params: foldedParams, stats: {} };
}

function foldLayers(layers: readonly LayerSpec[]): LayerSpec[] {
  return layers.flatMap((layer, index): LayerSpec[] => {
    if (layer.type === 'residual') return [{ ...layer, layers: foldLayers(layer.layers) }];
    if (layer.type === 'conv') return [layers[index + 1]?.type === 'norm' ? { ...layer, bias: true } : layer];
    if (layer.type !== 'norm') return [layer];
    const affine: AffineSpec = { type: 'affine', name: layer.name };
    return layers[index - 1]?.type === 'conv' ? [] : [affine];
  });
}

function foldVariables(
  layers: readonly LayerSpec[],
  parent: string,
  params: Variables,
  stats: Variables,
  made: Record<string, Tensor>,
): void {
  layers.forEach((layer, index) => {
    const path = `${parent}${layer.name}`;
    if (layer.type === 'residual') foldVariables(layer.layers, `${path}/`, params, stats, made);
    if (layer.type !== 'norm') return;
    const { epsilon } = layer;
    const running = runningStats(stats, path);
    const learned = affineParams(params, path);
    const before = layers[index - 1];
    if (before?.type === 'conv') {
      const conv = `${parent}${before.name}`;
      const bias = before.bias && { bias: params[`${conv}/bias`] as Tensor1D };
      const folded = foldBatchNorm({ kernel: params[`${conv}/kernel`]!, ...bias }, learned, running, {
        epsilon,
      });
      made[`${conv}/kernel`] = folded.kernel;
      made[`${conv}/bias`] = folded.bias;
    } else {
      const one: Tensor2D = ones([1, running.mean.size]);
      const folded = foldBatchNorm({ kernel: one }, learned, running, { epsilon });
      made[`${path}/scale`] = reshape(folded.kernel, [-1]);
      made[`${path}/offset`] = folded.bias;
    }
  });
}
