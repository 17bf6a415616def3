import { clone, ones, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkVariables } from './checkVariables.js';
import { type ConvSpec, kernelOf } from './layers/conv.js';
import type { RunningLayer, SpecFault, TracedLayer } from './layers/layerType.js';
import { isFoldable } from './layers/norm.js';
import { type LayerSpec, typeOf } from './layerTypes.js';
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
  /** Empty: nothing is left to run. */
  readonly stats: Variables;
};

/**
 * A network that answers in inference as the given one does, with every norm folded into the convolution before it.
 *
 * With s = √(σ² + ε) of the running variance: W' = W·γ/s, b' = β + (b − μ)·γ/s, exact but for rounding. A norm that
 * does not come right after a conv, as the first of a pre-activation block and the final one do, becomes an `affine`
 * layer of the same name with scale γ/s and offset β − μγ/s. Kernels that are made of other parameters
 * (`weights: "weight-norm"` or `"weight-standardized"`) become plain ones of the same values.
 *
 * All tensors are new and the caller's; params and stats are neither disposed nor returned.
 *
 * @throws SpecError if the spec is none, or has a norm of another kind than batch: its statistics are those of each
 *   image, so that no kernel can stand for it; ShapeError if a variable is missing or of another shape
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
function checkFoldable(layers: readonly TracedLayer[]): void {
  const faults = layersInOrder(layers).flatMap(({ layer, at }): SpecFault[] => {
    if (layer.type !== 'norm' || isFoldable(layer)) return [];
    const rule = 'be "batch", as other norms take the statistics of each image and are no linear function';
    return [{ what: `${at}.kind`, rule, got: layer.kind }];
  });
  if (faults.length > 0) throw specError('foldNorms', faults);
}

function isConv(here: RunningLayer): here is RunningLayer<ConvSpec> {
  return here.layer.type === 'conv';
}

/** The variables that folding changes, by their paths. */
function foldVariables(
  layers: readonly TracedLayer[],
  params: Variables,
  stats: Variables,
): Record<string, Tensor> {
  const pass = inference(params, stats);
  const made: Record<string, Tensor> = {};
  visitLayers(layers, {
    enter(place, previous) {
      const type = typeOf(place.layer);
      const here = runningLayer(place, pass);
      // A kernel that is made of other parameters is made here, once and for all.
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
