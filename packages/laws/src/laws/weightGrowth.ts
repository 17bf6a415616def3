import {
  add,
  given,
  inner,
  type Judged,
  known,
  mul,
  sized,
  square,
  squaredLength,
  widened,
} from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { constantValues } from '../samples/batchSample.js';
import { normalizedPaths } from './networkScaling.js';

/**
 * Law 10, for every output channel of every normalized kernel of a network, g being the subject's own gradient.
 *
 * The cross term 2(1 − ηλ)η⟨W, g⟩ is 0 for the exact gradient (law 6), so the bound has 2η times its error.
 */
export const weightGrowth = defineLaw({
  id: '10',
  title: '‖W′‖² = (1 − ηλ)²‖W‖² + η²‖g‖²',
  statement:
    'A step of plain SGD adds η²‖g‖² to the squared length of the weights of every normalized channel, and L2 multiplies it by (1 − ηλ)², at ε = 0. Without L2, weights only grow.',
  samples: 'network',
  needs: ['lossAndGradients', 'sgdStep'],
  async sides({ lossAndGradients, sgdStep }, sample) {
    const { network, params, atRest, learningRate, weightDecay } = sample;
    const { gradients } = await lossAndGradients(network, params, sample.batch());
    const sides: Record<string, Side> = {};
    for (const path of normalizedPaths(network)) {
      const [w, g] = [params[path]!, given(gradients[path]!)];
      const state = { params: { w }, velocity: { w: atRest[path]! } };
      const next = (await sgdStep(state, { w: g }, { learningRate, weightDecay, momentum: 0 })).params.w!;
      const before = squaredLength(w);
      const kept = mul((1 - learningRate * weightDecay) ** 2, before);
      sides[path] = [
        sized(squaredLength(next), Math.max(...before.value)),
        add(kept, mul(learningRate ** 2, squaredLength(g))),
        mul(2 * learningRate, inner(w, gradients[path]!)).error,
      ];
    }
    return sides;
  },
});

/**
 * Law 11: a normalized layer of C channels trained on noise for four steps.
 *
 * From law 10, ‖W'‖⁴ = ‖W‖⁴ + 2η²‖g̃‖² + η⁴‖g‖⁴ with g̃ = ‖W‖g. The bound has the last term, and the error of ‖W'‖⁴
 * from that of ‖W'‖²: the rounding of the step and the cross term of law 10. Every step is judged from the subject's
 * own weights.
 */
export const quarticGrowth = defineLaw({
  id: '11',
  title: '‖W‖⁴ ≈ ‖W₀‖⁴ + 2η²·Σ‖g̃‖²',
  statement:
    'Without L2, the fourth power of the length of the weights grows linearly, since g̃ = ‖W‖g does not depend on the length.',
  exact: false,
  samples: 'rotation',
  needs: ['normalizedLayerGradient', 'sgdStep'],
  async sides({ normalizedLayerGradient, sgdStep }, sample) {
    const { learningRate, kernel, rest, zero } = sample;
    const options = { learningRate, weightDecay: 0, momentum: 0 };
    const start = square(squaredLength(kernel));
    let expected = start;
    let leftOut: Judged = known(constantValues(start.shape, 0));
    let w = kernel;
    for (let step = 0; step < 4; step++) {
      const { u, dy } = sample.noise(step);
      const gradient = (await normalizedLayerGradient(u, w, zero, dy, 0)).kernel;
      const g = given(gradient);
      const next = (await sgdStep({ params: { w }, velocity: { w: rest } }, { w: g }, options)).params.w!;
      const pull = squaredLength(g);
      const cross = mul(2 * learningRate, inner(w, gradient)).error;
      expected = add(expected, mul(2 * learningRate ** 2, mul(squaredLength(w), pull)));
      leftOut = add(leftOut, mul(learningRate ** 4, square(pull)));
      leftOut = widened(leftOut, square(widened(squaredLength(next), cross)).error);
      w = given(next);
    }
    const allowed = leftOut.value.map((each, k) => each + leftOut.error[k]!);
    return [sized(square(squaredLength(w)), Math.max(...start.value)), expected, allowed];
  },
});
