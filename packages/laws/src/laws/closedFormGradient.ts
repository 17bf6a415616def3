import { div, inner, type Judged, mean, mul, sub, sum } from '../judged.js';
import { defineLaw } from '../law.js';
import { momentsOf } from './moments.js';

export const closedFormGradient = defineLaw({
  id: '3',
  title: 'dz = (δ − mean δ − ŷ·mean(δŷ))/s',
  statement: 'The gradient of standardization in closed form, s = √(σ² + ε).',
  samples: 'batch',
  needs: ['standardizeGradient'],
  sides: async ({ standardizeGradient }, { x, dy, epsilon }) => [
    await standardizeGradient(x, dy, epsilon),
    gradientOf(x, dy, epsilon),
  ],
});

export const affineGradient = defineLaw({
  id: '3-affine',
  title: 'dγ = Σδŷ, dβ = Σδ, dz = (δγ − mean δγ − ŷ·mean(δγŷ))/s',
  statement: 'The gradients of batch norm with gain γ and bias β in closed form.',
  samples: 'affineBatch',
  needs: ['batchNormGradient'],
  async sides({ batchNormGradient }, { x, dy, affine, epsilon }) {
    const { scale, offset } = affine();
    const gradient = await batchNormGradient(x, { scale, offset }, dy, epsilon);
    return {
      dz: [gradient.x, gradientOf(x, mul(dy, scale), epsilon)],
      dγ: [gradient.scale, inner(dy, momentsOf(x, epsilon).y)],
      dβ: [gradient.offset, sum(dy)],
    };
  },
});

function gradientOf(x: Judged, dy: Judged, epsilon: number): Judged {
  const { y, deviation } = momentsOf(x, epsilon);
  return div(sub(sub(dy, mean(dy)), mul(y, mean(mul(dy, y)))), deviation);
}
