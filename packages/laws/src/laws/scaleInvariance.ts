import { add, mul, sized } from '../judged.js';
import { defineLaw } from '../law.js';
import { momentsOf } from './moments.js';

/** Law 1, through a dense or convolutional layer. */
export const scaleInvariantLayer = defineLaw({
  id: '1',
  title: 'BN_ε(aWu + b) = sgn(a)·BN_{ε/a²}(Wu)',
  statement:
    'A normalized dense or convolutional layer ignores the scale and the bias of its weights, for any a ≠ 0, b and ε. At ε = 0 and a > 0 this is BN(aWu) = BN(Wu).',
  samples: 'layer',
  needs: ['normalizedLayer'],
  sides: async ({ normalizedLayer }, { u, kernel, bias, zero, a, epsilon }) => [
    await normalizedLayer(u, mul(a, kernel), mul(Math.abs(a), bias), epsilon),
    mul(Math.sign(a), await normalizedLayer(u, kernel, zero, epsilon / (a * a))),
  ],
});

/** Law 1 for the normalization itself, on a batch of rank 2 to 5. */
export const scaleInvariantBatch = defineLaw({
  id: '1-batch',
  title: 'standardize_ε(a·x + b) = sgn(a)·standardize_{ε/a²}(x)',
  statement:
    'Standardization ignores an affine map of its input, except for the sign, for any a ≠ 0, b and ε.',
  samples: 'scaledBatch',
  needs: ['standardize'],
  sides: async ({ standardize }, { x, a, shift, epsilon }) => [
    await standardize(add(mul(a, x), Math.abs(a) * shift), epsilon),
    mul(Math.sign(a), await standardize(x, epsilon / (a * a))),
  ],
});

/**
 * Law 1 as the paper writes it, with one ε on both sides.
 *
 * The error of the approximation: (σ² + e)^−½ has slope ½(σ² + e)^−3⁄2 in e, so it is at most |dᵢ|·½·|ε − ε/a²|·(σ² +
 * min(ε, ε/a²))^−3⁄2. If that exceeds the larger side itself, the law says nothing, and the bound is infinite.
 */
export const scaleInvariantAtOneEpsilon = defineLaw({
  id: '1-one-epsilon',
  title: 'standardize_ε(a·x) ≈ sgn(a)·standardize_ε(x)',
  statement:
    "The paper's form, with the same ε on both sides: the relative error is at most ½|ε − ε/a²|/(σ² + min(ε, ε/a²)).",
  exact: false,
  samples: 'scaledBatch',
  needs: ['standardize'],
  async sides({ standardize }, { x, a, epsilon }) {
    const scaled = await standardize(mul(a, x), epsilon);
    const plain = await standardize(x, epsilon);
    const least = Math.min(epsilon, epsilon / (a * a));
    const { centred, variance } = momentsOf(x);
    const leftOut = centred.value.map((d, i) => {
      const v = variance.value[i % variance.value.length]! + least;
      const larger = Math.abs(d) / Math.sqrt(v);
      const term = (larger * 0.5 * Math.abs(epsilon - epsilon / (a * a))) / v;
      if (epsilon === 0) return 0;
      return term <= larger ? term : Infinity;
    });
    return [sized(scaled, Math.max(scaled.size, plain.size)), mul(Math.sign(a), plain), leftOut];
  },
});
