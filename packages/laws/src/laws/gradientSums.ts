import { trackLinear } from '../bounds/trackLinear.js';
import { apply, inner, known, mul, sum } from '../judged.js';
import { defineLaw } from '../law.js';
import { momentsOf } from './moments.js';

export const gradientSumsToZero = defineLaw({
  id: '4',
  title: 'Σdz = 0',
  statement: 'The gradient before a normalization sums to zero over every channel, for any ε.',
  samples: 'batch',
  needs: ['standardizeGradient'],
  sides: async ({ standardizeGradient }, { x, dy, epsilon }) => [
    sum(await standardizeGradient(x, dy, epsilon)),
    0,
  ],
});

/** Law 4 for a layer's bias. */
export const biasHasNoGradient = defineLaw({
  id: '4-bias',
  title: '∂BN(Wu + b)/∂b = 0',
  statement: 'The bias of a dense or convolutional layer before a normalization has gradient 0, for any ε.',
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  sides: async ({ normalizedLayerGradient }, { u, kernel, bias, dy, epsilon }) => [
    (await normalizedLayerGradient(u, kernel, bias, dy, epsilon)).bias,
    0,
  ],
});

export const gradientAlongOutput = defineLaw({
  id: '5',
  title: 'Σŷ·dz = ε(σ² + ε)^(−3/2)·Σδŷ',
  statement:
    'The gradient has a component along the output only because of ε; at ε = 0 it is orthogonal to the output.',
  samples: 'batch',
  needs: ['standardize', 'standardizeGradient'],
  async sides({ standardize, standardizeGradient }, { x, dy, epsilon }) {
    const { y, deviation } = momentsOf(x, epsilon);
    const share = apply(deviation, (s) => epsilon / s ** 3);
    const along = inner(await standardize(x, epsilon), await standardizeGradient(x, dy, epsilon));
    return [along, mul(share, inner(dy, y))];
  },
});

/** Law 6 (Arora 2018). */
export const gradientAlongWeights = defineLaw({
  id: '6',
  title: '⟨W_k, ∂L/∂W_k⟩ = ε/(σ² + ε)·Σδŷ',
  statement: "A channel's weights are orthogonal to their gradient, except for ε.",
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  async sides({ normalizedLayerGradient }, { u, kernel, bias, dy, epsilon }) {
    const { kernel: gradient } = await normalizedLayerGradient(u, kernel, bias, dy, epsilon);
    // A bias that is one number per channel changes neither ŷ nor s.
    const { value, shape } = trackLinear(u, kernel, { unitRoundoff: 0 });
    const { y, deviation } = momentsOf(known({ data: value, shape }), epsilon);
    const share = apply(deviation, (s) => epsilon / s ** 2);
    return [inner(kernel, gradient), mul(share, inner(dy, y))];
  },
});
