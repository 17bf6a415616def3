import { clone, ones, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkVariables } from './checkVariables.js';
import { type ConvSpec, kernelOf } from './layers/conv.js';
import type { RunningLayer, SpecFault } from './layers/layerType.js';
import { isFoldable } from './layers/norm.js';
import { type LayerSpec, type SpecLayer, typeOf } from './layerTypes.js';
import type { Variables } from './model.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec, specError } from './parseSpec.js';
import { inference, runningLayer } from './runLayers.js';
import { traceSpec } from './traceSpec.js';
import { planOf } from './variablePlan.js';
import { layersInOrder, type MappedPlace, mapLayers, visitLayers } from './visitLayers.js';

/** A network for inference without norms, and its variables. */
export type FoldedNetwork = {
  readonly spec: ModelSpec;
  readonly params: Variables;
  /** Empty: without norms there are no running statistics. */
  readonly stats: Variables;
};

/**
 * A network that is equivalent to the given one in inference, with every norm folded into the convolution before it.
 *
 * With s = √(σ² + ε) of the running variance: W' = W·γ/s, b' = β + (b − μ)·γ/s, exact except for rounding. A norm that
 * is not directly after a conv, such as the first norm of a pre-activation block and the final norm, becomes an
 * `affine` layer of the same name with scale γ/s and offset β − μγ/s. Kernels that are computed from other parameters
 * (`weights: "weight-norm"` or `"weight-standardized"`) become plain kernels of the same values.
 *
 * All tensors are new, and the caller owns them; params and stats are neither disposed nor returned.
 *
 * @throws SpecError if the spec is invalid, or has a norm of a kind other than batch: its statistics depend on each
 *   image, so that no kernel is equivalent; ShapeError if a variable is missing or is not a live
 *   float32 tensor of its shape
 */
export function foldNorms(spec: ModelSpec, params: Variables, stats: Variables): FoldedNetwork {
  const { layers } = readSpec('foldNorms', spec);
  const plan = planOf(layers);
  checkFoldable(layers);
  checkVariables('foldNorms', 'params', plan.params, params);
  checkVariables('foldNorms', 'stats', plan.stats, stats);
  const folded = mapLayers(spec.layers, foldLayer);
  const foldedParams = tidy(() => {
    const made = foldVariables(layers, params, stats);
    const { params: planned } = planOf(traceSpec({ ...spec, layers: folded }).layers);
    return Object.fromEntries(
      planned.map(({ path }): [string, Tensor] => [path, made[path] ?? params[path]!.clone()]),
    );
  });
  return { spec: { ...spec, layers: folded }, params: foldedParams, stats: {} };
}

function foldLayer(layer: LayerSpec, { previous, next }: MappedPlace): LayerSpec[] {
  if (layer.type === 'conv') {
    const { weights, ...plain } = layer;
    return [next?.type === 'norm' ? { ...plain, bias: true } : plain];
  }
  if (layer.type !== 'norm') return [layer];
  return previous?.type === 'conv' ? [] : [{ type: 'affine', name: layer.name }];
}

/** @throws SpecError unless every norm is one linear function in inference */
function checkFoldable(layers: readonly SpecLayer[]): void {
  const faults = layersInOrder(layers).flatMap(({ layer, at }): SpecFault[] => {
    if (layer.type !== 'norm' || isFoldable(layer)) return [];
    const rule = 'be "batch", as other norms use the statistics of each image and are not linear functions';
    return [{ what: `${at}.kind`, rule, got: layer.kind }];
  });
  if (faults.length > 0) throw specError('foldNorms', faults);
}

function isConv(here: RunningLayer<LayerSpec>): here is RunningLayer<ConvSpec> {
  return here.layer.type === 'conv';
}

/** The variables that folding changes, by path. */
function foldVariables(
  layers: readonly SpecLayer[],
  params: Variables,
  stats: Variables,
): Record<string, Tensor> {
  const pass = inference(params, stats);
  const made: Record<string, Tensor> = {};
  visitLayers(layers, {
    enter(place, previous) {
      const type = typeOf(place.layer);
      const here = runningLayer(place, pass);
      // A kernel that is computed from other parameters is computed here, once.
      if (isConv(here) && here.layer.weights !== undefined)
        made[`${place.path}/kernel`] = clone(kernelOf(here));
      if (type.fold === undefined) return;
      if (previous?.layer.type === 'conv') {
        const kernel = made[`${previous.path}/kernel`] ?? params[`${previous.path}/kernel`]!;
        const bias = previous.layer.bias && { bias: params[`${previous.path}/bias`]! };
        const folded = type.fold({ kernel, ...bias }, here);
        made[`${previous.path}/kernel`] = folded.kernel;
        made[`${previous.path}/bias`] = folded.bias;
      } else {
        const folded = type.fold({ kernel: ones([1, place.input.at(-1)!]) }, here);
        made[`${place.path}/scale`] = reshape(folded.kernel, [-1]);
        made[`${place.path}/offset`] = folded.bias;
      }
    },
  });
  return made;
}
