import { inner, known, mul, sized } from '../judged.js';
import { defineLaw, type Law } from '../law.js';
import type { Normalizes } from '../subject.js';
import { gradientsBesideScaled } from './gradientScaling.js';

/** A law with this condition holds for every normalization. */
const everyNorm = () => true;

/** Law 1 without b, for any sets of values: all weights of the layer are scaled by the same a. */
export const scaleInvariantWeights = defineLaw({
  id: 'any-scale',
  title: 'norm_ε(aWu) = sgn(a)·norm_{ε/a²}(Wu)',
  statement: 'A layer before any normalization ignores a common scale a ≠ 0 of all its weights, for any ε.',
  samples: 'layer',
  needs: ['normalizedLayer'],
  fits: everyNorm,
  sides: async ({ normalizedLayer }, { u, kernel, zero, a, epsilon }) => [
    await normalizedLayer(u, mul(a, kernel), zero, epsilon),
    mul(Math.sign(a), await normalizedLayer(u, kernel, zero, epsilon / (a * a))),
  ],
});

/** Law 2 without b. */
export const weightGradientScaling = defineLaw({
  id: 'any-gradient',
  title: '∂L/∂(aW) = (1/|a|)·∂L/∂W and ∂L/∂u picks up sgn(a), behind any norm',
  statement:
    'Before any normalization, larger weights get smaller gradients, for any a ≠ 0, with ε/a² on the right.',
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  fits: everyNorm,
  sides: (operations, sample) => gradientsBesideScaled(operations, sample, sample.zero),
});

/**
 * Law 6 at ε = 0, summed over all filters: a single filter is orthogonal to its gradient only if no set has two
 * channels.
 */
export const gradientAlongAllWeights = defineLaw({
  id: 'any-weights',
  title: 'Σ_k⟨W_k, ∂L/∂W_k⟩ = 0',
  statement: 'The weights of a layer before any normalization are orthogonal to their gradient, at ε = 0.',
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  fits: everyNorm,
  async sides({ normalizedLayerGradient }, { u, kernel, zero, dy }) {
    const gradient = (await normalizedLayerGradient(u, kernel, zero, dy, 0)).kernel;
    const flat = <V extends { shape: readonly number[]; value: Float64Array }>(x: V): V => ({
      ...x,
      shape: [x.value.length, 1],
    });
    const along = inner(flat(kernel), flat(gradient));
    return [sized(along, gradient.size * kernel.size * kernel.value.length), 0];
  },
});

/** Law 1's b, for normalizations that subtract the mean: the same b for all channels. */
export const shiftInvariance = defineLaw({
  id: 'any-shift',
  title: 'norm_ε(Wu + b) = norm_ε(Wu)',
  statement:
    'A normalization that subtracts the mean ignores a constant b added to all its inputs, for any ε.',
  samples: 'layer',
  needs: ['normalizedLayer'],
  fits: ({ centred = true }) => centred,
  sides: async ({ normalizedLayer }, { u, kernel, bias, zero, epsilon }) => [
    await normalizedLayer(u, kernel, bias, epsilon),
    await normalizedLayer(u, kernel, zero, epsilon),
  ],
});

/** Law 4 for the bias: the gradient of one b for all channels. */
export const biasGradientSumsToZero = defineLaw({
  id: 'any-bias',
  title: 'Σ_k ∂L/∂b_k = 0',
  statement:
    'The gradient of one bias for all channels before a normalization that subtracts the mean is 0, for any ε.',
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  fits: ({ centred = true }) => centred,
  async sides({ normalizedLayerGradient }, { u, kernel, bias, dy, epsilon }) {
    const gradient = (await normalizedLayerGradient(u, kernel, bias, dy, epsilon)).bias;
    const one = known({
      data: new Float64Array(gradient.value.length).fill(1),
      shape: [gradient.value.length, 1],
    });
    return [inner({ ...gradient, shape: one.shape }, one), 0];
  },
});

/** The scale of a single filter: only if no set has values of two channels. */
export const scaleInvariantFilters = defineLaw({
  id: 'any-filter',
  title: 'norm_0(DWu) = norm_0(Wu), D diagonal and positive',
  statement:
    'Before a normalization of single channels, such as batch and instance norm, the output does not depend on the scale of any filter, at ε = 0.',
  samples: 'layer',
  needs: ['normalizedLayer'],
  fits: ({ sets }) => sets === undefined || isWithinChannels(sets),
  async sides({ normalizedLayer }, { u, kernel, zero, a, outputs }) {
    const scales = Float64Array.from({ length: outputs }, (_, k) => Math.abs(a) ** ((k + 1) / outputs));
    const D = known({ data: scales, shape: [outputs] });
    return [await normalizedLayer(u, mul(D, kernel), zero, 0), await normalizedLayer(u, kernel, zero, 0)];
  },
});

/** The laws of a layer before any normalization, besides those of batch norm. */
export const normalizationLaws: readonly Law<'normalizedLayer' | 'normalizedLayerGradient', 'layer'>[] = [
  scaleInvariantWeights,
  weightGradientScaling,
  gradientAlongAllWeights,
  shiftInvariance,
  biasGradientSumsToZero,
  scaleInvariantFilters,
];

/**
 * Whether no set of [2, 2, 2, 12] has values of two channels; 12 channels can be divided into most numbers of groups.
 */
function isWithinChannels(sets: NonNullable<Normalizes['sets']>): boolean {
  const setOf = sets([2, 2, 2, 12]);
  const channel = new Map<number, number>();
  return Array.from({ length: 96 }, (_, i) => i).every((i) => {
    const first = channel.get(setOf(i)) ?? i % 12;
    channel.set(setOf(i), first);
    return first === i % 12;
  });
}
