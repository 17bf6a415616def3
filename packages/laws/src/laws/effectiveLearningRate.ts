import { div, given, length, mul, sized, squaredLength, sub } from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { mapRecord } from '../values.js';
import { normalizedPaths } from './networkScaling.js';

/**
 * Law 13 (Hoffer 2018), for every output channel of a normalized kernel: Ŵ = W/‖W‖.
 *
 * With x = η/‖W‖²·∇L(Ŵ) ⊥ Ŵ and τ = ‖x‖, exactly Ŵ' = (Ŵ − x)/√(1 + τ²), so the error of the first-order form is
 * √(1 + τ²) − 1 ≤ τ²/2. The errors e of the step change Ŵ' by at most 2‖e‖/‖W'‖, since the map to directions has slope
 * ≤ 2/‖W'‖.
 */
export const effectiveLearningRate = defineLaw({
  id: '13',
  title: 'Ŵ′ ≈ Ŵ − (η/‖W‖²)·∇L(Ŵ)',
  statement: 'The direction of normalized weights has the learning rate η/‖W‖², to first order, at ε = 0.',
  exact: false,
  samples: 'network',
  needs: ['lossAndGradients', 'sgdStep'],
  async sides({ lossAndGradients, sgdStep }, { network, params, atRest, batch, learningRate }) {
    const paths = normalizedPaths(network);
    const units = mapRecord(params, (w, path) => (paths.includes(path) ? div(w, length(w)) : w));
    const here = await lossAndGradients(network, params, batch());
    const there = await lossAndGradients(network, units, batch());
    const options = { learningRate, weightDecay: 0, momentum: 0 };
    const next = (await sgdStep({ params, velocity: atRest }, here.gradients, options)).params;
    const sides = paths.map((path): [string, Side] => {
      const [before, after] = [params[path]!, given(next[path]!)];
      const pull = mul(div(learningRate, squaredLength(before)), there.gradients[path]!);
      const gap = sub(div(after, length(after)), sub(div(before, length(before)), pull));
      const [tau, stepped] = [length(pull), length(next[path]!)];
      const allowed = tau.computed.map((each, k) => {
        const secondOrder = Math.sqrt(1 + (each + tau.error[k]!) ** 2) - 1;
        return secondOrder + (2 * stepped.error[k]!) / stepped.computed[k]!;
      });
      return [path, [sized(length(gap), 1), 0, allowed]];
    });
    return Object.fromEntries(sides);
  },
});
