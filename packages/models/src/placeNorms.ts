import { nameHint, OptionError } from '@normlab/errors';
import type { LayerSpec, ModelSpec, NormSpec } from './modelSpec.js';
import { readSpec, specError } from './parseSpec.js';
import { flatten, isOfType } from './traceSpec.js';

/** The placements of the paper's §2.3 and Table 2, and two arms of our own, `gain-only` and `bias-only`. */
export const placements = [
  'bn',
  'cbn-all',
  'cbn-lconv-bn',
  'cbn-lconv-nobn',
  'none',
  'gain-only',
  'bias-only',
] as const;

/** Which of a network's norms learn gain and bias, and which are left out. */
export type Placement = (typeof placements)[number];

type Learned = { readonly gain: boolean; readonly bias: boolean } | 'left out';

const batchNorm: Learned = { gain: true, bias: true };
const constantBatchNorm: Learned = { gain: false, bias: false };

const rules: Record<Placement, { readonly others: Learned; readonly last: Learned }> = {
  bn: { others: batchNorm, last: batchNorm },
  'cbn-all': { others: constantBatchNorm, last: constantBatchNorm },
  'cbn-lconv-bn': { others: constantBatchNorm, last: batchNorm },
  'cbn-lconv-nobn': { others: constantBatchNorm, last: 'left out' },
  none: { others: 'left out', last: 'left out' },
  'gain-only': { others: { gain: true, bias: false }, last: { gain: true, bias: false } },
  'bias-only': { others: { gain: false, bias: true }, last: { gain: false, bias: true } },
};

/**
 * Sets what each norm of a network learns, or leaves it out.
 *
 * | placement | every norm but the last conv's | the last conv's norm |
 * |---|---|---|
 * | `bn` | BN | BN |
 * | `cbn-all` | CBN | CBN |
 * | `cbn-lconv-bn` | CBN | BN |
 * | `cbn-lconv-nobn` | CBN | left out |
 * | `none` | left out | left out |
 * | `gain-only`, `bias-only` | BN with β = 0, with γ = 1 | the same |
 *
 * The last conv's norm is the first norm that comes after the last conv, in the order in which layers are run,
 * inside residuals too. In ALL-CNN and NIN that is the norm right behind the last conv, in a post-activation
 * ResNet the last one inside the last block, and in a pre-activation ResNet, whose blocks end in a conv, the final
 * norm behind the last addition.
 *
 * The spec must still have all its norms (one of placement `bn` has): those that a placement has left out cannot be
 * brought back.
 *
 * @throws OptionError for an unknown placement; SpecError if the spec is none, if there is no norm, or none after the
 *   last conv where the placement tells it from the others, or if a residual would be left without a layer
 */
export function placeNorms(spec: ModelSpec, placement: Placement): ModelSpec {
  const { others, last } = rules[checkPlacement('placeNorms', placement)];
  const order = flatten(readSpec('placeNorms', spec).layers);
  const lastConv = order.findLastIndex((each) => isOfType(each, 'conv'));
  const lastNorm = order.find((each, index) => index > lastConv && isOfType(each, 'norm'));
  if (placement !== 'none' && !order.some((each) => isOfType(each, 'norm'))) {
    throw specError('placeNorms', [{ what: 'layers', rule: 'hold the norms to place', hint }]);
  }
  if (last !== others && lastNorm === undefined) {
    throw specError('placeNorms', [{ what: 'layers', rule: 'hold a norm after the last conv', hint }]);
  }
  const place = (norm: NormSpec, path: string): LayerSpec[] => {
    const learned = path === lastNorm?.path ? last : others;
    return learned === 'left out' ? [] : [{ ...norm, ...learned }];
  };
  const layers = mapNorms(spec.layers, '', place);
  const emptied = order.find(
    ({ layer, path }) => layer.type === 'residual' && !holdsLayer(layer.layers, `${path}/`, place),
  );
  if (emptied !== undefined) {
    const rule = `hold more than the norms that placement "${placement}" leaves out`;
    throw specError('placeNorms', [{ what: `${emptied.at}.layers`, rule }]);
  }
  return { ...spec, layers };
}

/** @throws OptionError with the nearest names unless it is one of {@link placements} */
export function checkPlacement(where: string, placement: string): Placement {
  const found = placements.find((each) => each === placement);
  if (found === undefined) {
    throw new OptionError({
      where,
      what: 'placement',
      rule: 'be the name of a placement',
      got: placement,
      hint: nameHint(placement, placements),
    });
  }
  return found;
}

const hint = 'start from the spec with placement "bn"';

function holdsLayer(
  layers: readonly LayerSpec[],
  parent: string,
  place: (norm: NormSpec, path: string) => LayerSpec[],
): boolean {
  return layers.some((layer) => layer.type !== 'norm' || place(layer, `${parent}${layer.name}`).length > 0);
}

function mapNorms(
  layers: readonly LayerSpec[],
  parent: string,
  place: (norm: NormSpec, path: string) => LayerSpec[],
): LayerSpec[] {
  return layers.flatMap((layer) => {
    const path = `${parent}${layer.name}`;
    if (layer.type === 'norm') return place(layer, path);
    return layer.type === 'residual'
      ? [{ ...layer, layers: mapNorms(layer.layers, `${path}/`, place) }]
      : [layer];
  });
}
