import { add, mul, rsqrt, sub, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { checkVariables } from './checkVariables.js';
import type { Variables } from './model.js';
import type { AffineSpec, ConvSpec, LayerSpec, ModelSpec, NormSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { variablePlan } from './variablePlan.js';

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
  readSpec('foldNorms', spec);
  const plan = variablePlan(spec);
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
    const { scale, offset } = affineOf(layer, path, params, stats);
    const before = layers[index - 1];
    if (before?.type === 'conv') foldInto(before, `${parent}${before.name}`, scale, offset, params, made);
    else Object.assign(made, { [`${path}/scale`]: scale, [`${path}/offset`]: offset });
  });
}

/** γ/s and β − μγ/s, both [C]. */
function affineOf(
  { epsilon }: NormSpec,
  path: string,
  params: Variables,
  stats: Variables,
): { scale: Tensor; offset: Tensor } {
  const inverse = rsqrt(add(stats[`${path}/variance`]!, epsilon));
  const gain = params[`${path}/scale`];
  const scale = gain === undefined ? inverse : mul(gain, inverse);
  const mean = stats[`${path}/mean`]!;
  return { scale, offset: sub(params[`${path}/offset`] ?? zerosLike(mean), mul(mean, scale)) };
}

function foldInto(
  conv: ConvSpec,
  path: string,
  scale: Tensor,
  offset: Tensor,
  params: Variables,
  made: Record<string, Tensor>,
): void {
  made[`${path}/kernel`] = mul(params[`${path}/kernel`]!, scale);
  made[`${path}/bias`] = conv.bias ? add(mul(params[`${path}/bias`]!, scale), offset) : offset;
}
