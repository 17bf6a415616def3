import { mul } from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { mapRecord, pick } from '../values.js';
import { normalizedPaths, scaledKernels } from './networkScaling.js';

/**
 * Law 9: two runs of optimizer steps.
 *
 * Products by powers of two are exact, and every rounding error on one side is that on the other times a power of two;
 * no value comes near the ends of float32's range.
 */
export const trajectoryScaling = defineLaw({
  id: '9',
  title: '(W, η, λ, v, ε) → (aW, a²η, λ/a², v/a, a²ε) gives the same trajectory, bit for bit',
  statement:
    'Scaling normalized kernels by a = 2^k, with their learning rate by a², decay by a⁻², velocity by a⁻¹ and ε by a², changes no bit of loss, direction or any other variable, momentum and L2 included.',
  bitForBit: true,
  samples: 'scaledNetwork',
  needs: ['lossAndGradients', 'sgdStep'],
  async sides({ lossAndGradients, sgdStep }, sample) {
    const { network, a, params, atRest, learningRate, weightDecay, momentum } = sample;
    const kernels = normalizedPaths(network);
    const others = Object.keys(params).filter((path) => !kernels.includes(path));
    const options = { learningRate, weightDecay, momentum };
    const scaledOptions = {
      learningRate: learningRate * a * a,
      weightDecay: weightDecay / (a * a),
      momentum,
    };
    const scaledNetwork = { ...network, epsilon: network.epsilon * a * a };
    let plain = { params, velocity: atRest };
    let scaled = { params: scaledKernels(network, params, a), velocity: atRest };
    const sides: Record<string, Side> = {};
    for (let step = 1; step <= sample.steps; step++) {
      const batch = sample.batch(step - 1);
      const one = await lossAndGradients(network, plain.params, batch);
      const other = await lossAndGradients(scaledNetwork, scaled.params, batch);
      const stepped = (paths: readonly string[], by: typeof options) =>
        sgdStep(
          mapRecord(scaled, (each) => pick(each, paths)),
          pick(other.gradients, paths),
          by,
        );
      plain = await sgdStep(plain, one.gradients, options);
      const [k, o] = [await stepped(kernels, scaledOptions), await stepped(others, options)];
      scaled = { params: { ...k.params, ...o.params }, velocity: { ...k.velocity, ...o.velocity } };
      sides[`loss of step ${step}`] = [other.loss, one.loss];
    }
    const [expected, velocity] = [
      scaledKernels(network, plain.params, a),
      scaledKernels(network, plain.velocity, 1 / a),
    ];
    for (const path of Object.keys(params)) {
      sides[path] = [scaled.params[path]!, expected[path]!];
      // Without momentum the velocity is not used, and may be anything.
      if (momentum === 0) continue;
      sides[`velocity of ${path}`] = [scaled.velocity[path]!, velocity[path]!];
    }
    return sides;
  },
});

/** Law 9 for the running statistics. */
export const statisticsScaling = defineLaw({
  id: '9-statistics',
  title: 'W → aW takes the running mean to a·mean and the running variance to a²·variance, bit for bit',
  statement: 'The running statistics scale with the weights, exactly for powers of two.',
  bitForBit: true,
  samples: 'affineBatch',
  needs: ['moveStatistics'],
  async sides({ moveStatistics }, { x, statistics, decay, seed }) {
    // 2⁻⁶ to 2⁶, from the seed, so that the sample needs no further number.
    const a = 2 ** ((seed % 13) - 6);
    const { mean, variance } = statistics();
    const plain = await moveStatistics(x, { mean, variance }, decay);
    const before = { mean: mul(a, mean), variance: mul(a * a, variance) };
    const scaled = await moveStatistics(mul(a, x), before, decay);
    return {
      mean: [scaled.mean, mul(a, plain.mean)],
      variance: [scaled.variance, mul(a * a, plain.variance)],
    };
  },
});
