import { nameHint, OptionError } from '@normlab/errors';
import type { ModelSpec } from './modelSpec.js';
import { type ReadSpec, readSpec, specError } from './parseSpec.js';
import { layersInOrder, mapLayers } from './visitLayers.js';

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

/** A placement: which of a network's norms learn gain and bias, and which are left out. */
export type Placement = (typeof placements)[number];

type Learned = { readonly gain: boolean; readonly bias: boolean } | 'left out';

const batchNorm: Learned = { gain: true, bias: true };
const constantBatchNorm: Learned = { gain: false, bias: false };
const gainOnly: Learned = { gain: true, bias: false };
const biasOnly: Learned = { gain: false, bias: true };

const rules: Record<Placement, { readonly others: Learned; readonly last: Learned }> = {
  bn: { others: batchNorm, last: batchNorm },
  'cbn-all': { others: constantBatchNorm, last: constantBatchNorm },
  'cbn-lconv-bn': { others: constantBatchNorm, last: batchNorm },
  'cbn-lconv-nobn': { others: constantBatchNorm, last: 'left out' },
  none: { others: 'left out', last: 'left out' },
  'gain-only': { others: gainOnly, last: gainOnly },
  'bias-only': { others: biasOnly, last: biasOnly },
};

/**
 * Sets what each norm of a network learns, or leaves it out.
 *
 * The table shows batch norms (BN) and batch norms without gain and bias (CBN). Norms of other kinds are placed in the
 * same way: with gain and bias where the table has BN, without them where it has CBN.
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
 * The last conv's norm is the first norm after the last conv, in the order in which layers run, including those inside
 * residuals, with a shortcut before its branch. In ALL-CNN and NIN that is the norm directly after the last conv, in a
 * post-activation ResNet the last norm inside the last block, and in a pre-activation ResNet, whose blocks end with a
 * conv, the final norm after the last addition.
 *
 * The spec must have all its norms (as with placement `bn`): norms that a placement has left out cannot be restored.
 *
 * @throws OptionError for an unknown placement; SpecError if the spec is invalid, if there is no norm, if there is no
 *   norm after the last conv although the placement treats it differently from the others, or if a residual would have
 *   no layer left
 */
export function placeNorms(spec: ModelSpec, placement: Placement): ModelSpec {
  checkPlacement('placeNorms', placement);
  return placeNormsIn('placeNorms', readSpec('placeNorms', spec), placement);
}

/** {@link placeNorms} for a validated spec and placement, with errors in the name of another function. */
export function placeNormsIn(where: string, { spec, layers }: ReadSpec, placement: Placement): ModelSpec {
  const { others, last } = rules[placement];
  const order = layersInOrder(layers);
  const lastConv = order.findLastIndex(({ layer }) => layer.type === 'conv');
  const lastNorm = order.find(({ layer }, index) => index > lastConv && layer.type === 'norm');
  if (placement !== 'none' && !order.some(({ layer }) => layer.type === 'norm')) {
    throw specError(where, [{ what: 'layers', rule: 'hold the norms to place', hint }]);
  }
  if (last !== others && lastNorm === undefined) {
    throw specError(where, [{ what: 'layers', rule: 'hold a norm after the last conv', hint }]);
  }
  const placed = mapLayers(spec.layers, (layer, { path }) => {
    if (layer.type === 'residual') {
      const emptied = (['layers', 'shortcut'] as const).find((key) => layer[key]?.length === 0);
      const { at } = order.find((each) => each.path === path)!;
      const rule = `hold more than the norms that placement "${placement}" leaves out`;
      if (emptied !== undefined) throw specError(where, [{ what: `${at}.${emptied}`, rule }]);
    }
    if (layer.type !== 'norm') return [layer];
    const learned = path === lastNorm?.path ? last : others;
    return learned === 'left out' ? [] : [{ ...layer, ...learned }];
  });
  return { ...spec, layers: placed };
}

/**
 * @param what the name of the option
 * @throws OptionError with the nearest names unless it is one of {@link placements}
 */
export function checkPlacement(where: string, placement: string, what = 'placement'): Placement {
  const found = placements.find((each) => each === placement);
  if (found === undefined) {
    throw new OptionError({
      where,
      what,
      rule: 'be the name of a placement',
      got: placement,
      hint: nameHint(placement, placements),
    });
  }
  return found;
}

const hint = 'start from the spec with placement "bn"';
